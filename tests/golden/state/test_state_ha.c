/* Golden vector g12: Heikin-Ashi candles. */
#include "th.h"

#include "state_ha.h"

static void candles(void **state)
{
    (void)state;
    json_t *root = th_golden("g12_kernels_ha.json");
    const json_t *ha = json_object_get(root, "ha");
    const char *names[8] = {"o", "h", "l", "c", "ha_open", "ha_high", "ha_low", "ha_close"};
    double v[8][5];
    for (int k = 0; k < 8; k++) th_nums(json_object_get(ha, names[k]), v[k], 5);
    hb_ha_t prev = {0};
    for (int i = 0; i < 5; i++) {
        const hb_bar_t bar = {.open = v[0][i], .high = v[1][i], .low = v[2][i], .close = v[3][i]};
        const hb_ha_t now = hb_ha_next(i ? &prev : NULL, &bar);
        th_close(now.open, v[4][i], 1e-12);
        th_close(now.high, v[5][i], 1e-12);
        th_close(now.low, v[6][i], 1e-12);
        th_close(now.close, v[7][i], 1e-12);
        prev = now;
    }
    json_decref(root);
}

static void a_gap_reaches_beyond_the_bar(void **state)
{
    (void)state;
    const hb_ha_t prev = {.open = 90, .high = 96, .low = 89, .close = 94};
    const hb_bar_t up = {.open = 110, .high = 112, .low = 109, .close = 111};
    const hb_ha_t now = hb_ha_next(&prev, &up);
    assert_true(now.open == 92.0 && now.low == 92.0 && now.high == 112.0);
    const hb_bar_t down = {.open = 70, .high = 71, .low = 69, .close = 70};
    const hb_ha_t then = hb_ha_next(&prev, &down);
    assert_true(then.high == 92.0 && then.low == 69.0 && then.close == 70.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candles),
        cmocka_unit_test(a_gap_reaches_beyond_the_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
