#!/usr/bin/env python3
"""Holds the built archives to tools/layers.txt: no module may need a symbol that a module it does not see
defines, and the stages of src/flow stand in the same order in the folder digits, the rec_* chain and the
lines of engine_step."""
import pathlib
import re
import subprocess
import sys


def layers(path):
    modules, order = {}, []
    for line in path.read_text().splitlines():
        if not re.match(r"[a-z]", line):
            continue
        name, folder, *seen = line.split("|")[0].split()
        seen = list(order) if seen == ["*"] else [] if seen == ["-"] else seen
        modules[name] = (folder, set(seen))
        order.append(name)
        for other in seen:
            if other not in modules or other == name:
                sys.exit(f"tools/layers.txt: {name} sees {other}, which stands above or nowhere")
    return modules


def symbols(archive):
    defined, needed = set(), set()
    out = subprocess.run(["nm", archive], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1] in "TDBRVWC":
            defined.add(parts[2])
        elif len(parts) == 2 and parts[0] == "U":
            needed.add(parts[1])
    return defined, needed - defined


def check_symbols(build, modules):
    defined_by, needs, bad = {}, {}, []
    for name in modules:
        archive = build / f"libhb_{name}.a"
        if not archive.exists():
            continue
        defined, needed = symbols(archive)
        needs[name] = needed
        for symbol in defined:
            defined_by.setdefault(symbol, name)
    for name, needed in needs.items():
        for symbol in sorted(needed):
            owner = defined_by.get(symbol)
            if owner and owner != name and owner not in modules[name][1]:
                bad.append(f"{name} needs {symbol} of {owner}, which it may not see")
    if not needs:
        bad.append(f"no archives in {build}")
    return bad


def check_system_headers(root, modules):
    """Only os, the apps and tests touch the system; the rest may use the C library's pure parts."""
    pure = {"assert.h", "errno.h", "float.h", "limits.h", "math.h", "setjmp.h", "stdarg.h", "stdatomic.h",
            "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "immintrin.h", "cpuid.h",
            "inttypes.h", "ctype.h"}
    glue = {"jansson.h", "libfyaml.h", "sodium.h", "sleef.h", "zlib.h", "zstd.h", "glib.h", "zip.h", "hb_build.h"}
    bad = []
    for name, (folder, _) in modules.items():
        if name in ("os", "apps"):
            continue
        for path in sorted((root / folder).glob("*.[ch]")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = re.match(r"#include <([^>]+)>", line)
                if found and found.group(1) not in pure | glue:
                    bad.append(f"{path.relative_to(root)}:{number}: {found.group(1)} belongs to src/os")
    return bad


def check_stage_order(root):
    folders = [p.name.split("_", 1)[1] for p in sorted((root / "src/flow").iterdir())]
    chain, name = [], "rec_bar.h"
    while name:
        chain.append(name)
        found = re.search(r"next: (rec_\w+\.h)", (root / "src/rec" / name).read_text())
        name = found.group(1) if found else None
    chain_want = ["rec_bar.h", "rec_state.h", "rec_near.h", "rec_row.h", "rec_score.h", "rec_intent.h",
                  "rec_order.h"]
    step = (root / "src/engine/engine_step.h").read_text()
    stages = [s.lower() for s in re.findall(r"^\s*X\((\w+),", step, re.M)]
    bad = []
    if chain != chain_want:
        bad.append(f"the rec_* chain reads {chain}")
    if stages != folders:
        bad.append(f"src/flow reads {folders}, engine_step.h reads {stages}")
    body = (root / "src/engine/engine_step_hot.c").read_text()
    used = list(dict.fromkeys(re.findall(r"HB_STAGE_(\w+)", body)))
    used = [s.lower() for s in used if s.lower() in folders]
    if used != folders:
        bad.append(f"engine_step's lines read {used}")
    return bad


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    modules = layers(root / "tools/layers.txt")
    bad = check_symbols(pathlib.Path(sys.argv[1]), modules)
    bad += check_system_headers(root, modules) + check_stage_order(root)
    for line in bad:
        print(f"layers: {line}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
