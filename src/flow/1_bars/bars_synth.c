/* Synthetic bars. Invariant: at signal 0 the printed price is a martingale whose next move is up
 * or down with equal probability whatever came before: increments are whole ticks, rounded
 * symmetrically from a symmetric draw, and the printed price itself is the state, so rounding
 * cannot revert. Each ingredient draws from its own stream: a change of the signal changes no
 * other draw. Model: bars_synth.h. Volatility: AR(1) in logs (Taylor 1986), jumps: a rare wide
 * component of the noise. */
#include "bars_synth.h"

#include <math.h>

#include "bars_csv_int.h"
#include "base_mem.h"
#include "num_fn.h"

#define BARS_MAX       UINT32_C(50000000)
#define SIGMA_5M       0.0008 /* of a 5-minute bar */
#define PHI_PER_SIGNAL 0.45
#define VOL_MEMORY     0.985
#define VOL_NOISE      0.07 /* log sigma has a standard deviation of 0.4 */
#define SEASON_DEPTH   0.5
#define JUMP_PROB      0.0005
#define JUMP_SCALE     8.0
#define OPEN_GAP_SHARE 0.2 /* of the variance of a session's first bar */
#define STEPS          8   /* inside a bar, for high and low */
#define TICKS_MIN      64  /* the price never falls below so many ticks */
#define VOLUME_5M      1500.0
#define TWO_PI         6.283185307179586476925286766559

typedef struct {
    hb_rng_t vol, noise, jump, gap, steps, volume;
    double log_vol;  /* deviation of log sigma from its mean */
    double previous; /* standardised return of the last bar */
    int64_t ticks;   /* printed close of the last bar */
    int64_t utc_s;
    int32_t day;
} synth_t;

/* What a bar is drawn from. */
typedef struct {
    double sigma_ticks;
    double sigma_ratio; /* sigma over its mean */
    double x;           /* standardised return */
    int64_t gap_ticks, move_ticks;
} draw_t;

hb_synth_params_t hb_synth_params_default(void)
{
    return (hb_synth_params_t){.bars = 20000,
                               .bar_size_s = 300,
                               .seed = 42,
                               .start_price = 15000,
                               .tick_size = 0.25,
                               .start_utc_at_ns = INT64_C(1641168000) * BARS_NS_PER_S};
}

static hb_status_t refuse(hb_err_t *err, const char *key, const char *hint)
{
    return hb_err_set(err, HB_E_CONFIG, key, hint, "%s is out of range", key);
}

static hb_status_t params_check(const hb_synth_params_t *params, hb_err_t *err)
{
    if (params->bars == 0 || params->bars > BARS_MAX) {
        return refuse(err, "synth.bars", "give 1 to 50000000");
    }
    if (params->bar_size_s == 0 || params->bar_size_s > 86400) {
        return refuse(err, "synth.bar_size", "give 1 second to 1 day");
    }
    if (!(params->signal >= 0 && params->signal <= 2)) {
        return refuse(err, "synth.signal", "give 0 (random walk) to 2");
    }
    if (!(params->tick_size > 0 && params->tick_size < 1e6)) {
        return refuse(err, "synth.tick_size", "give the price step, e.g. 0.25");
    }
    const double ticks = params->start_price / params->tick_size;
    if (!(ticks >= 1000 && ticks <= 1e9)) {
        return refuse(err, "synth.start_price", "give 1000 to 1e9 ticks");
    }
    if (params->start_utc_at_ns < 0 || params->start_utc_at_ns > BARS_EPOCH_NS_MAX) {
        return refuse(err, "synth.start", "give a time from 1970 on");
    }
    return HB_OK;
}

/* Half away from zero: the same for up and down. */
static int64_t round_even_handed(double x)
{
    return (int64_t)(x < 0 ? -floor(-x + 0.5) : floor(x + 0.5));
}

/* Moves on to the next stretch with scheduled trading. */
static bool slot_seek(synth_t *synth, const hb_calendar_t *calendar, uint32_t size_s)
{
    while (bars_open_s(calendar, synth->utc_s, synth->utc_s + size_s) == 0) synth->utc_s += size_s;
    return synth->utc_s < BARS_EPOCH_NS_MAX / BARS_NS_PER_S - size_s;
}

static double noise_draw(synth_t *synth)
{
    const double scale = hb_rng_uniform(&synth->jump) < JUMP_PROB ? JUMP_SCALE : 1.0;
    return scale * hb_rng_normal(&synth->noise);
}

static draw_t bar_draw(synth_t *synth, const hb_synth_params_t *params, const hb_bar_t *bar,
                       bool session_start)
{
    draw_t draw = {0};
    const double phase = bar->session_min / (double)bar->session_len_min;
    synth->log_vol = VOL_MEMORY * synth->log_vol + VOL_NOISE * hb_rng_normal(&synth->vol);
    draw.sigma_ratio = (1 + SEASON_DEPTH * hb_cos(TWO_PI * phase)) * hb_exp(synth->log_vol);
    const double sigma = SIGMA_5M * sqrt(params->bar_size_s / 300.0) * draw.sigma_ratio;
    draw.sigma_ticks = sigma * (double)synth->ticks;
    double noise = noise_draw(synth);
    const double gap = hb_rng_normal(&synth->gap);
    if (session_start) {
        noise = sqrt(1 - OPEN_GAP_SHARE) * noise + sqrt(OPEN_GAP_SHARE) * gap;
        draw.gap_ticks = round_even_handed(draw.sigma_ticks * sqrt(OPEN_GAP_SHARE) * gap);
    }
    draw.x = PHI_PER_SIGNAL * params->signal * synth->previous + noise;
    draw.move_ticks = round_even_handed(draw.sigma_ticks * draw.x);
    return draw;
}

/* Extremes of a random walk of STEPS steps that is bent to end at the close (a Brownian bridge). */
static void extremes_draw(synth_t *synth, const draw_t *draw, double *high, double *low)
{
    double walk[STEPS];
    double sum = 0;
    for (int i = 0; i < STEPS; i++) walk[i] = sum += hb_rng_normal(&synth->steps);
    const double body = (double)(draw->move_ticks - draw->gap_ticks);
    const double scale = draw->sigma_ticks / sqrt(STEPS);
    *high = fmax(0, body);
    *low = fmin(0, body);
    for (int i = 0; i < STEPS - 1; i++) {
        const double share = (i + 1.0) / STEPS;
        const double at = share * body + scale * (walk[i] - share * sum);
        *high = fmax(*high, at);
        *low = fmin(*low, at);
    }
}

static void bar_print(synth_t *synth, const hb_synth_params_t *params, const draw_t *draw,
                      hb_bar_t *bar)
{
    double high, low;
    extremes_draw(synth, draw, &high, &low);
    int64_t move = draw->move_ticks, gap = draw->gap_ticks;
    if (synth->ticks + move < TICKS_MIN || synth->ticks + gap < TICKS_MIN) {
        move = gap = 0; /* at the floor the price rests */
        high = low = 0;
    }
    const int64_t open = synth->ticks + gap, close = synth->ticks + move;
    int64_t low_ticks = open + round_even_handed(low);
    if (low_ticks < 1) low_ticks = 1;
    bar->open = (double)open * params->tick_size;
    bar->close = (double)close * params->tick_size;
    bar->high = (double)(open + round_even_handed(high)) * params->tick_size;
    bar->low = (double)low_ticks * params->tick_size;
    synth->ticks = close;
    synth->previous = draw->x;
    const double size = fmin(fabs(draw->x), 4);
    const double log_volume =
        0.7 * hb_log(draw->sigma_ratio) + 0.3 * size + 0.35 * hb_rng_normal(&synth->volume);
    const double contracts = VOLUME_5M * params->bar_size_s / 300.0 * hb_exp(log_volume);
    bar->volume = fmax(1, floor(contracts));
}

static synth_t synth_init(const hb_synth_params_t *params)
{
    const int64_t start_s = params->start_utc_at_ns / BARS_NS_PER_S;
    const int64_t size_s = params->bar_size_s;
    return (synth_t){.vol = hb_rng_stream(params->seed, 1),
                     .noise = hb_rng_stream(params->seed, 2),
                     .jump = hb_rng_stream(params->seed, 3),
                     .gap = hb_rng_stream(params->seed, 4),
                     .steps = hb_rng_stream(params->seed, 5),
                     .volume = hb_rng_stream(params->seed, 6),
                     .ticks = round_even_handed(params->start_price / params->tick_size),
                     .utc_s = (start_s + size_s - 1) / size_s * size_s,
                     .day = INT32_MIN};
}

hb_status_t hb_synth_make(const hb_synth_params_t *params, hb_bar_list_t *out, hb_err_t *err)
{
    HB_TRY(params_check(params, err));
    hb_calendar_t *calendar = NULL;
    HB_TRY(hb_calendar_open("cme_globex_equity", &calendar, err));
    hb_status_t status = HB_OK;
    hb_bar_t *bars = hb_alloc(params->bars, sizeof *bars);
    synth_t synth = synth_init(params);
    for (uint32_t i = 0; i < params->bars; i++) {
        hb_bar_t *bar = &bars[i];
        if (!slot_seek(&synth, calendar, params->bar_size_s)) {
            status = refuse(err, "synth.bars", "fewer bars or an earlier start");
            goto out;
        }
        bar->open_utc_at_ns = synth.utc_s * BARS_NS_PER_S;
        hb_calendar_stamp(calendar, bar);
        const bool session_start = bar->session_day != synth.day;
        if (session_start) bar->flags |= HB_BAR_SESSION_START;
        const draw_t draw = bar_draw(&synth, params, bar, session_start);
        bar_print(&synth, params, &draw, bar);
        synth.day = bar->session_day;
        synth.utc_s += params->bar_size_s;
    }
    *out = (hb_bar_list_t){bars, params->bars};
    bars = NULL;
out:
    hb_free(bars);
    hb_calendar_close(calendar);
    return status;
}
