/* The flat C interface of the generated libraries: for every language that can call C.
 *
 * A trader library exports anyvenue_ctp_trader_*, a market data library anyvenue_ctp_md_*. Structs are the bytes of the
 * API's own version; whoever has no declarations of them writes and reads fields by name. Text is GB18030, as CTP's.
 */
#ifndef ANYVENUE_CTP_H
#define ANYVENUE_CTP_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct anyvenue_ctp anyvenue_ctp;

/* One callback. `data` lives until the callback returns; it is NULL for a null pointer, and `error_text` is NULL where
 * there is no RspInfo. `number` is the request id, in OnFrontDisconnected the reason. */
typedef void (*anyvenue_ctp_callback)(void *user, const char *callback, const char *structure, const void *data,
                                      int size, int error_id, const char *error_text, int number, int is_last);

#define ANYVENUE_CTP_FUNCTIONS(side)                                                                                   \
    /* Make an API object; `flow` is the prefix of the flow files. All callbacks come on one thread. */                \
    anyvenue_ctp *anyvenue_ctp_##side##_create(const char *flow, anyvenue_ctp_callback callback, void *user);          \
    /* Name a front, "tcp://host:port"; several are tried in turn. */                                                  \
    void anyvenue_ctp_##side##_front(anyvenue_ctp *api, const char *address);                                          \
    /* Subscribe a stream before init: topic "private" or "public", resume 0 restart, 1 resume, 2 quick, 3 none. */    \
    void anyvenue_ctp_##side##_topic(anyvenue_ctp *api, const char *topic, int resume);                                \
    /* Begin to connect. */                                                                                            \
    void anyvenue_ctp_##side##_init(anyvenue_ctp *api);                                                                \
    /* Wait until another thread releases the API object. */                                                           \
    int anyvenue_ctp_##side##_join(anyvenue_ctp *api);                                                                 \
    /* Call a request by name; 0, CTP's -1, -2 or -3, or -4 for an unknown name or a wrong size. */                    \
    int anyvenue_ctp_##side##_request(anyvenue_ctp *api, const char *name, const void *data, int size, int id);        \
    /* Call SubscribeMarketData and the like. */                                                                       \
    int anyvenue_ctp_##side##_names(anyvenue_ctp *api, const char *name, const char *const *names, int count);         \
    /* The trading day, yyyymmdd; "19800100" before the login. */                                                      \
    const char *anyvenue_ctp_##side##_trading_day(anyvenue_ctp *api);                                                  \
    /* End it; no callback comes any more once this has returned, but for one that calls it itself. */                 \
    void anyvenue_ctp_##side##_release(anyvenue_ctp *api);                                                             \
    /* The API's version. */                                                                                           \
    const char *anyvenue_ctp_##side##_version(void);                                                                   \
    /* Bytes of a struct, by its name without prefix ("InputOrder"); 0 for an unknown one. */                          \
    int anyvenue_ctp_##side##_size(const char *structure);                                                             \
    /* Write a field of a struct from text; 0, or -1 for an unknown struct or field. */                                \
    int anyvenue_ctp_##side##_put(const char *structure, void *data, const char *field, const char *text);             \
    /* Read a field into `text` of `room` bytes; 0, or -1 for an unknown struct or field. */                           \
    int anyvenue_ctp_##side##_get(const char *structure, const void *data, const char *field, char *text, int room);

ANYVENUE_CTP_FUNCTIONS(trader)
ANYVENUE_CTP_FUNCTIONS(md)

#ifdef __cplusplus
}
#endif

#endif
