/* Elementary functions whose bits do not depend on the CPU or the C library: SLEEF's reproducible
 * variants without FMA (Sleef_cinz_*, stated bound 1.0 ULP). Anything that ends in an artifact, a
 * feature or a decision uses these, never libm's exp/log/sin. sqrt is IEEE and may be libm's. */
#ifndef HB_NUM_FN_H
#define HB_NUM_FN_H

#include "base_rng.h"

double hb_exp(double x);
double hb_log(double x);
double hb_log1p(double x);
double hb_sin(double x);
double hb_cos(double x);
double hb_tanh(double x);
double hb_asinh(double x);
double hb_acosh(double x);
double hb_pow(double x, double y);
double hb_erfc(double x);
double hb_lgamma(double x);

/* Standard normal deviate by Box-Muller; two uniforms a call, the sine half is discarded, so that
 * the stream position is a plain function of the call count. */
double hb_rng_normal(hb_rng_t *rng);

#endif
