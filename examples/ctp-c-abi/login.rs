//! Log in at a counter and place an order from Rust, with nothing but the standard library.
//!
//!     rustc login.rs -L libs -l thosttraderapi_se -C link-arg=-Wl,-rpath,libs
//!     ./login tcp://127.0.0.1:41205

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};
use std::sync::mpsc::Sender;

type Callback = extern "C" fn(
    user: *mut c_void,
    callback: *const c_char,
    structure: *const c_char,
    data: *const c_void,
    size: c_int,
    error_id: c_int,
    error_text: *const c_char,
    number: c_int,
    is_last: c_int,
);

extern "C" {
    fn anyvenue_ctp_trader_create(flow: *const c_char, callback: Callback, user: *mut c_void) -> *mut c_void;
    fn anyvenue_ctp_trader_front(api: *mut c_void, address: *const c_char);
    fn anyvenue_ctp_trader_topic(api: *mut c_void, topic: *const c_char, resume: c_int);
    fn anyvenue_ctp_trader_init(api: *mut c_void);
    fn anyvenue_ctp_trader_request(
        api: *mut c_void,
        name: *const c_char,
        data: *const c_void,
        size: c_int,
        id: c_int,
    ) -> c_int;
    fn anyvenue_ctp_trader_trading_day(api: *mut c_void) -> *const c_char;
    fn anyvenue_ctp_trader_release(api: *mut c_void);
    fn anyvenue_ctp_trader_size(structure: *const c_char) -> c_int;
    fn anyvenue_ctp_trader_put(
        structure: *const c_char,
        data: *mut c_void,
        field: *const c_char,
        text: *const c_char,
    ) -> c_int;
    fn anyvenue_ctp_trader_get(
        structure: *const c_char,
        data: *const c_void,
        field: *const c_char,
        text: *mut c_char,
        room: c_int,
    ) -> c_int;
}

static API: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn request(name: &str, structure: &str, fields: &[(&str, &str)]) -> c_int {
    unsafe {
        let size = anyvenue_ctp_trader_size(c(structure).as_ptr());
        let mut data = vec![0u8; size as usize];
        for (field, text) in fields {
            let at = data.as_mut_ptr() as *mut c_void;
            anyvenue_ctp_trader_put(c(structure).as_ptr(), at, c(field).as_ptr(), c(text).as_ptr());
        }
        let at = data.as_ptr() as *const c_void;
        anyvenue_ctp_trader_request(API.load(SeqCst), c(name).as_ptr(), at, size, 1)
    }
}

fn field(structure: *const c_char, data: *const c_void, name: &str) -> String {
    let mut text: [c_char; 256] = [0; 256];
    unsafe {
        anyvenue_ctp_trader_get(structure, data, c(name).as_ptr(), text.as_mut_ptr(), 256);
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

/// Called on the library's thread; `data` is gone when it returns.
extern "C" fn heard(
    user: *mut c_void,
    callback: *const c_char,
    structure: *const c_char,
    data: *const c_void,
    _size: c_int,
    error_id: c_int,
    _error_text: *const c_char,
    _number: c_int,
    _is_last: c_int,
) {
    match unsafe { CStr::from_ptr(callback) }.to_str().unwrap() {
        "OnFrontConnected" => {
            let fields = [("BrokerID", "9999"), ("UserID", "alice"), ("Password", "secret")];
            request("ReqUserLogin", "ReqUserLogin", &fields);
        }
        "OnRspUserLogin" => {
            let day = unsafe { CStr::from_ptr(anyvenue_ctp_trader_trading_day(API.load(SeqCst))) };
            let user_id = field(structure, data, "UserID");
            println!("login of {user_id}: error {error_id}, trading day {}", day.to_str().unwrap());
            let fields = [
                ("InstrumentID", "rb2610"),
                ("OrderRef", "1"),
                ("LimitPrice", "3500"),
                ("Direction", "0"),
                ("VolumeTotalOriginal", "2"),
            ];
            request("ReqOrderInsert", "InputOrder", &fields);
        }
        "OnRtnOrder" => {
            let status = field(structure, data, "OrderStatus");
            println!("order: status {status}");
            if status != "a" {
                let done = unsafe { &*(user as *const Sender<()>) };
                done.send(()).unwrap();
            }
        }
        _ => {}
    }
}

fn main() {
    let front = std::env::args().nth(1).expect("a front, as tcp://127.0.0.1:41205");
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let user = Box::into_raw(Box::new(done)) as *mut c_void;
    unsafe {
        let api = anyvenue_ctp_trader_create(c("flow/rust_").as_ptr(), heard, user);
        API.store(api, SeqCst);
        anyvenue_ctp_trader_front(api, c(&front).as_ptr());
        anyvenue_ctp_trader_topic(api, c("private").as_ptr(), 2);
        anyvenue_ctp_trader_init(api);
        wait.recv().unwrap();
        anyvenue_ctp_trader_release(api);
    }
}
