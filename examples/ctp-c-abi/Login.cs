// Log in at a counter and place an order from C#, with P/Invoke alone.
//
//     dotnet run -- tcp://127.0.0.1:41205      (LD_LIBRARY_PATH=libs)
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

static class Login
{
    const string Library = "thosttraderapi_se";

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    delegate void Callback(IntPtr user, IntPtr callback, IntPtr structure, IntPtr data, int size, int errorId,
                           IntPtr errorText, int number, int isLast);

    [DllImport(Library)] static extern IntPtr anyvenue_ctp_trader_create(string flow, Callback callback, IntPtr user);
    [DllImport(Library)] static extern void anyvenue_ctp_trader_front(IntPtr api, string address);
    [DllImport(Library)] static extern void anyvenue_ctp_trader_topic(IntPtr api, string topic, int resume);
    [DllImport(Library)] static extern void anyvenue_ctp_trader_init(IntPtr api);
    [DllImport(Library)] static extern int anyvenue_ctp_trader_request(IntPtr api, string name, byte[] data, int size, int id);
    [DllImport(Library)] static extern IntPtr anyvenue_ctp_trader_trading_day(IntPtr api);
    [DllImport(Library)] static extern void anyvenue_ctp_trader_release(IntPtr api);
    [DllImport(Library)] static extern int anyvenue_ctp_trader_size(string structure);
    [DllImport(Library)] static extern int anyvenue_ctp_trader_put(string structure, byte[] data, string field, string text);
    [DllImport(Library)] static extern int anyvenue_ctp_trader_get(IntPtr structure, IntPtr data, string field, byte[] text, int room);

    static readonly ManualResetEventSlim Done = new();
    // Kept from the collector for as long as the library may call it.
    static readonly Callback Kept = Heard;
    static IntPtr api;

    static int Request(string name, string structure, Dictionary<string, string> fields)
    {
        var data = new byte[anyvenue_ctp_trader_size(structure)];
        foreach (var (field, text) in fields) anyvenue_ctp_trader_put(structure, data, field, text);
        return anyvenue_ctp_trader_request(api, name, data, data.Length, 1);
    }

    static string Field(IntPtr structure, IntPtr data, string name)
    {
        var text = new byte[256];
        anyvenue_ctp_trader_get(structure, data, name, text, text.Length);
        return Encoding.ASCII.GetString(text).TrimEnd('\0');
    }

    // Called on the library's thread; `data` is gone when it returns.
    static void Heard(IntPtr user, IntPtr callback, IntPtr structure, IntPtr data, int size, int errorId,
                      IntPtr errorText, int number, int isLast)
    {
        switch (Marshal.PtrToStringAnsi(callback))
        {
            case "OnFrontConnected":
                Request("ReqUserLogin", "ReqUserLogin",
                        new() { ["BrokerID"] = "9999", ["UserID"] = "alice", ["Password"] = "secret" });
                break;
            case "OnRspUserLogin":
                var day = Marshal.PtrToStringAnsi(anyvenue_ctp_trader_trading_day(api));
                Console.WriteLine($"login of {Field(structure, data, "UserID")}: error {errorId}, trading day {day}");
                Request("ReqOrderInsert", "InputOrder",
                        new() { ["InstrumentID"] = "rb2610", ["OrderRef"] = "1", ["LimitPrice"] = "3500",
                                ["Direction"] = "0", ["VolumeTotalOriginal"] = "2" });
                break;
            case "OnRtnOrder":
                var status = Field(structure, data, "OrderStatus");
                Console.WriteLine($"order: status {status}");
                if (status != "a") Done.Set();
                break;
        }
    }

    static void Main(string[] words)
    {
        api = anyvenue_ctp_trader_create("flow/cs_", Kept, IntPtr.Zero);
        anyvenue_ctp_trader_front(api, words[0]);
        anyvenue_ctp_trader_topic(api, "private", 2);
        anyvenue_ctp_trader_init(api);
        Done.Wait();
        anyvenue_ctp_trader_release(api);
    }
}
