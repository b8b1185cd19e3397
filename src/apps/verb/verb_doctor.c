/* hyperbar doctor: is this machine fit to run it? Each check says what it saw and what to do. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app_data.h"
#include "bars_calendar.h"
#include "hb_build.h"
#include "num_cpu.h"
#include "num_dist.h"
#include "os_clock.h"
#include "os_file.h"
#include "os_info.h"
#include "verb_table.h"

typedef struct {
    app_t *app;
    json_t *checks;
    bool all_good;
} doctor_t;

__attribute__((format(printf, 4, 5))) static void report(doctor_t *doctor, const char *name,
                                                         bool good, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    doctor->all_good = doctor->all_good && good;
    json_array_append_new(doctor->checks,
                          json_pack("{s:s,s:b,s:s}", "name", name, "passed", good, "detail", text));
    app_say(doctor->app, "%-14s %-5s %s", name, good ? "ok" : "BAD", text);
}

/* The twin in use must give the bits that the lane order prescribes, worked out here by hand. */
static bool twin_is_exact(void)
{
    float a[32], b[32], lanes[16] = {0};
    for (int i = 0; i < 32; i++) {
        a[i] = 0.37f * (float)i - 3.1f;
        b[i] = 1.0f / (float)(i + 3);
        lanes[i % 16] = fmaf(a[i], b[i], lanes[i % 16]);
    }
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return hb_num_dot(a, b, 32) == lanes[0];
}

static void check_clock(doctor_t *doctor)
{
    const hb_clock_t clock = hb_os_clock_real();
    const int64_t utc = clock.utc_ns(clock.ctx);
    const int64_t began = clock.mono_ns(clock.ctx);
    int64_t backwards = 0, last = began;
    for (int i = 0; i < 10000; i++) {
        const int64_t now = clock.mono_ns(clock.ctx);
        backwards += now < last;
        last = now;
    }
    char text[32];
    hb_format_utc(utc, text);
    const bool plausible = utc > 1700000000LL * 1000000000LL;
    report(doctor, "clock", plausible && backwards == 0, "%s, one reading costs %.0f ns%s", text,
           (double)(last - began) / 10000, plausible ? "" : "; set the clock (chrony, ntp)");
}

static void check_zone(doctor_t *doctor)
{
    hb_zone_t *zone = NULL;
    hb_err_t err = {0};
    const bool good = hb_zone_open("America/Chicago", &zone, &err) == HB_OK;
    report(doctor, "time zones", good, "%s",
           good ? "America/Chicago is known" : "America/Chicago is unknown: install tzdata");
    hb_zone_close(zone);
}

static void check_disk(doctor_t *doctor)
{
    const double free_gib = (double)hb_os_free_disk_bytes(".") / 0x1p30;
    report(doctor, "disk", free_gib >= 1, "%.1f GiB free here%s", free_gib,
           free_gib >= 1 ? "" : "; make room: artifacts and journals need space");
    const bool writable = access(".", W_OK) == 0;
    report(doctor, "permissions", writable, "this folder is %swritable", writable ? "" : "not ");
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    doctor_t doctor = {app, json_array(), true};
    hb_os_info_t info;
    hb_os_info(&info);
    report(&doctor, "program", true, "hyperbar %s, commit %.12s%s, %s, %s", HB_VERSION, HB_GIT_SHA,
           HB_GIT_DIRTY ? " (modified)" : "", HB_COMPILER, HB_BUILD_TYPE);
    report(&doctor, "machine", info.cpu_count > 0, "%s, %u cores, %.0f GiB, %s", info.cpu,
           info.cpu_count, (double)info.memory_bytes / 0x1p30, info.os);
    report(&doctor, "cpu twin", twin_is_exact(), "%s in use, best here %s; bits as prescribed",
           hb_num_cpu_name(hb_num_cpu()), hb_num_cpu_name(hb_num_cpu_best()));
    check_clock(&doctor);
    check_zone(&doctor);
    check_disk(&doctor);
    hb_gate_limits_t limits;
    hb_err_t conf_err = {0};
    const bool conf_good = app_gate_limits(app, &limits, &conf_err) == HB_OK;
    report(&doctor, "config", conf_good, "%s", conf_good ? "all keys valid" : conf_err.message);
    app_set(app, "checks", doctor.checks);
    app_set(app, "passed", json_boolean(doctor.all_good));
    if (doctor.all_good) return HB_OK;
    if (!app->json)
        return hb_err_set(err, HB_E_REFUSED, "doctor", "mend what is BAD above",
                          "this machine is not fit yet");
    return HB_E_REFUSED;
}

const app_verb_t verb_doctor = {
    "doctor", "is this machine fit to run hyperbar?", "", "hyperbar doctor", NULL, run};
