/**
 * Log in at a counter and place an order from Java, through the small JNI library of login_jni.c.
 *
 * <pre>
 *   javac -h . Login.java
 *   gcc -shared -fPIC login_jni.c -I libs -I $JAVA_HOME/include -I $JAVA_HOME/include/linux \
 *       -L libs -lthosttraderapi_se -Wl,-rpath,libs -o liblogin_jni.so
 *   java -Djava.library.path=. Login tcp://127.0.0.1:41205
 * </pre>
 */
public final class Login {
    static {
        System.loadLibrary("login_jni");
    }

    private static final java.util.concurrent.CountDownLatch DONE = new java.util.concurrent.CountDownLatch(1);

    static native void start(String flow, String front);

    static native int request(String name, String structure, String[] fields);

    /** Reads a field of the struct of the callback that is running. */
    static native String field(String name);

    static native String tradingDay();

    static native void release();

    /** Called on the library's thread. */
    static void heard(String callback, int errorId) {
        switch (callback) {
            case "OnFrontConnected":
                request("ReqUserLogin", "ReqUserLogin",
                        new String[] {"BrokerID", "9999", "UserID", "alice", "Password", "secret"});
                break;
            case "OnRspUserLogin":
                System.out.printf("login of %s: error %d, trading day %s%n", field("UserID"), errorId, tradingDay());
                request("ReqOrderInsert", "InputOrder", new String[] {"InstrumentID", "rb2610", "OrderRef", "1",
                        "LimitPrice", "3500", "Direction", "0", "VolumeTotalOriginal", "2"});
                break;
            case "OnRtnOrder":
                String status = field("OrderStatus");
                System.out.printf("order: status %s%n", status);
                if (!status.equals("a")) {
                    DONE.countDown();
                }
                break;
            default:
        }
    }

    public static void main(String[] words) throws InterruptedException {
        start("flow/java_", words[0]);
        DONE.await();
        release();
    }
}
