/* Log in at a counter and place an order, through the flat C interface of a drop-in library.
 *
 *   anyvenue ctp serve &
 *   anyvenue ctp build-library --out libs
 *   gcc login.c -I libs -L libs -lthosttraderapi_se -Wl,-rpath,libs -o login
 *   ./login tcp://127.0.0.1:41205
 */
#include <anyvenue_ctp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static anyvenue_ctp *api;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int done;

/* Fill a struct by names: field, value, field, value, ..., NULL. */
static int request(const char *name, const char *structure, const char **fields) {
    int size = anyvenue_ctp_trader_size(structure);
    char *data = calloc(1, (size_t)size);
    for (; *fields != NULL; fields += 2) anyvenue_ctp_trader_put(structure, data, fields[0], fields[1]);
    int code = anyvenue_ctp_trader_request(api, name, data, size, 1);
    free(data);
    return code;
}

/* Called on the library's thread; `data` is gone when it returns. */
static void heard(void *user, const char *callback, const char *structure, const void *data, int size, int error_id,
                  const char *error_text, int number, int is_last) {
    char text[256] = "";
    (void)user, (void)size, (void)number, (void)is_last, (void)error_text;
    if (strcmp(callback, "OnFrontConnected") == 0) {
        const char *fields[] = {"BrokerID", "9999", "UserID", "alice", "Password", "secret", NULL};
        request("ReqUserLogin", "ReqUserLogin", fields);
    } else if (strcmp(callback, "OnRspUserLogin") == 0) {
        anyvenue_ctp_trader_get(structure, data, "UserID", text, sizeof(text));
        printf("login of %s: error %d, trading day %s\n", text, error_id, anyvenue_ctp_trader_trading_day(api));
        const char *fields[] = {"InstrumentID", "rb2610", "OrderRef", "1", "LimitPrice", "3500", "Direction", "0",
                                "VolumeTotalOriginal", "2", NULL};
        request("ReqOrderInsert", "InputOrder", fields);
    } else if (strcmp(callback, "OnRtnOrder") == 0) {
        anyvenue_ctp_trader_get(structure, data, "OrderStatus", text, sizeof(text));
        printf("order: status %s\n", text);
        if (text[0] != 'a') {
            pthread_mutex_lock(&mutex);
            done = 1;
            pthread_cond_signal(&changed);
            pthread_mutex_unlock(&mutex);
        }
    }
}

int main(int count, char **words) {
    if (count < 2) return 2;
    api = anyvenue_ctp_trader_create("flow/c_", heard, NULL);
    anyvenue_ctp_trader_front(api, words[1]);
    anyvenue_ctp_trader_topic(api, "private", 2);
    anyvenue_ctp_trader_init(api);
    pthread_mutex_lock(&mutex);
    while (!done) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    anyvenue_ctp_trader_release(api);
    return 0;
}
