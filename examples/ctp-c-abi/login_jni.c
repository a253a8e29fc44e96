/* The way between Java and the C interface; see Login.java. */
#include <anyvenue_ctp.h>
#include <jni.h>
#include <stdlib.h>

static JavaVM *machine;
static jclass login;
static jmethodID heard_method;
static anyvenue_ctp *api;
static const char *current_structure;
static const void *current_data;

static void heard(void *user, const char *callback, const char *structure, const void *data, int size, int error_id,
                  const char *error_text, int number, int is_last) {
    JNIEnv *env;
    (void)user, (void)size, (void)error_text, (void)number, (void)is_last;
    /* The library's thread stays attached: all callbacks come on it. */
    if ((*machine)->AttachCurrentThreadAsDaemon(machine, (void **)&env, NULL) != JNI_OK) return;
    current_structure = structure;
    current_data = data;
    jstring name = (*env)->NewStringUTF(env, callback);
    (*env)->CallStaticVoidMethod(env, login, heard_method, name, (jint)error_id);
    if ((*env)->ExceptionCheck(env)) (*env)->ExceptionDescribe(env);
    (*env)->DeleteLocalRef(env, name);
}

JNIEXPORT void JNICALL Java_Login_start(JNIEnv *env, jclass class, jstring flow, jstring front) {
    (*env)->GetJavaVM(env, &machine);
    login = (*env)->NewGlobalRef(env, class);
    heard_method = (*env)->GetStaticMethodID(env, class, "heard", "(Ljava/lang/String;I)V");
    const char *flow_text = (*env)->GetStringUTFChars(env, flow, NULL);
    const char *front_text = (*env)->GetStringUTFChars(env, front, NULL);
    api = anyvenue_ctp_trader_create(flow_text, heard, NULL);
    anyvenue_ctp_trader_front(api, front_text);
    anyvenue_ctp_trader_topic(api, "private", 2);
    anyvenue_ctp_trader_init(api);
    (*env)->ReleaseStringUTFChars(env, flow, flow_text);
    (*env)->ReleaseStringUTFChars(env, front, front_text);
}

JNIEXPORT jint JNICALL Java_Login_request(JNIEnv *env, jclass class, jstring name, jstring structure,
                                          jobjectArray fields) {
    (void)class;
    const char *name_text = (*env)->GetStringUTFChars(env, name, NULL);
    const char *structure_text = (*env)->GetStringUTFChars(env, structure, NULL);
    int size = anyvenue_ctp_trader_size(structure_text);
    char *data = calloc(1, (size_t)size);
    for (jsize at = 0; at + 1 < (*env)->GetArrayLength(env, fields); at += 2) {
        jstring field = (*env)->GetObjectArrayElement(env, fields, at);
        jstring value = (*env)->GetObjectArrayElement(env, fields, at + 1);
        const char *field_text = (*env)->GetStringUTFChars(env, field, NULL);
        const char *value_text = (*env)->GetStringUTFChars(env, value, NULL);
        anyvenue_ctp_trader_put(structure_text, data, field_text, value_text);
        (*env)->ReleaseStringUTFChars(env, field, field_text);
        (*env)->ReleaseStringUTFChars(env, value, value_text);
    }
    int code = anyvenue_ctp_trader_request(api, name_text, data, size, 1);
    free(data);
    (*env)->ReleaseStringUTFChars(env, name, name_text);
    (*env)->ReleaseStringUTFChars(env, structure, structure_text);
    return code;
}

JNIEXPORT jstring JNICALL Java_Login_field(JNIEnv *env, jclass class, jstring name) {
    char text[256] = "";
    (void)class;
    const char *name_text = (*env)->GetStringUTFChars(env, name, NULL);
    anyvenue_ctp_trader_get(current_structure, current_data, name_text, text, sizeof(text));
    (*env)->ReleaseStringUTFChars(env, name, name_text);
    return (*env)->NewStringUTF(env, text);
}

JNIEXPORT jstring JNICALL Java_Login_tradingDay(JNIEnv *env, jclass class) {
    (void)class;
    return (*env)->NewStringUTF(env, anyvenue_ctp_trader_trading_day(api));
}

JNIEXPORT void JNICALL Java_Login_release(JNIEnv *env, jclass class) {
    (void)env, (void)class;
    anyvenue_ctp_trader_release(api);
}
