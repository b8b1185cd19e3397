#!/usr/bin/env python3
"""Hot objects (*_hot.c and the ISA twins) may need only an allow-list: nothing that allocates, prints, locks,
reads a clock or sets errno."""
import pathlib
import re
import subprocess
import sys

ALLOWED = re.compile(
    r"^(memcpy|memset|memmove|memcmp|__memcpy_chk|__memset_chk|__memmove_chk|__stack_chk_fail|sqrtf?|fmaf?|"
    r"hb_assert_fail|_GLOBAL_OFFSET_TABLE_|floor|ceil|fabs|__(a|ub)san\w*|__gcov\w*|"
    r"hb_(exp|log|log1p|sin|cos|tanh|asinh|acosh|pow)|hb_num_\w+|hb_hist_record)$")


def main():
    build = pathlib.Path(sys.argv[1])
    objects = sorted(p for p in build.rglob("*.o")
                     if re.search(r"_(hot|avx2|avx512)\.c\.o$", p.name) and "/tests/" not in str(p))
    needed, hot = {}, set()
    for path in objects:
        out = subprocess.run(["nm", str(path)], capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[1] in "TDRtdrbB":
                hot.add(parts[2])
            elif len(parts) == 2 and parts[0] == "U":
                needed.setdefault(parts[1], path.name)
    # Read-only tables of the same modules (schemas) are data, not calls.
    tables = {"hb_state_dim", "hb_state_schema", "hb_row_near_dim", "hb_row_near_schema"}
    bad = [f"{where} needs {symbol}" for symbol, where in sorted(needed.items())
           if symbol not in hot and symbol not in tables and not ALLOWED.match(symbol)]
    for line in bad:
        print(f"hot: {line}, which is not allowed in a hot object")
    if not objects:
        print("hot: no hot objects found")
    sys.exit(1 if bad or not objects else 0)


if __name__ == "__main__":
    main()
