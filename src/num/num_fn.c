/* Elementary functions by SLEEF's pure C, FMA-free, reproducible variants. Invariant: the bits
 * depend on the argument alone; the *purec names are called directly, past SLEEF's own CPU
 * dispatch. */
#include "num_fn.h"

#include <math.h>
#include <sleef.h>

double hb_exp(double x)
{
    return Sleef_cinz_expd1_u10purec(x);
}

double hb_log(double x)
{
    return Sleef_cinz_logd1_u10purec(x);
}

double hb_log1p(double x)
{
    return Sleef_cinz_log1pd1_u10purec(x);
}

double hb_sin(double x)
{
    return Sleef_cinz_sind1_u10purec(x);
}

double hb_cos(double x)
{
    return Sleef_cinz_cosd1_u10purec(x);
}

double hb_tanh(double x)
{
    return Sleef_cinz_tanhd1_u10purec(x);
}

double hb_asinh(double x)
{
    return Sleef_cinz_asinhd1_u10purec(x);
}

double hb_acosh(double x)
{
    return Sleef_cinz_acoshd1_u10purec(x);
}

double hb_pow(double x, double y)
{
    return Sleef_cinz_powd1_u10purec(x, y);
}

double hb_erfc(double x)
{
    return Sleef_cinz_erfcd1_u15purec(x);
}

double hb_lgamma(double x)
{
    return Sleef_cinz_lgammad1_u10purec(x);
}

double hb_rng_normal(hb_rng_t *rng)
{
    static const double two_pi = 0x1.921fb54442d18p+2;
    /* 1 - u lies in (0, 1], so the logarithm is finite. */
    double radius = sqrt(-2.0 * hb_log(1.0 - hb_rng_uniform(rng)));
    return radius * hb_cos(two_pi * hb_rng_uniform(rng));
}
