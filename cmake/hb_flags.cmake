# Flags that every module shares. No -march=native and no fast math: artifacts and orders must not
# depend on the machine that the compiler ran on.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g") # the sanitizers: debug assertions stay on
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(HB_SANITIZE "" CACHE STRING "address,undefined or thread")
option(HB_COVERAGE "count branches" OFF)
option(HB_FUZZ "build the libFuzzer targets (clang)" OFF)

add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
  -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wimplicit-fallthrough
  -ffp-contract=off -fno-math-errno -fvisibility=hidden -fno-omit-frame-pointer
  -D_GNU_SOURCE)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wlogical-op -Wduplicated-cond)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1 -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
else()
  add_compile_options(-g)
endif()
if(HB_SANITIZE)
  add_compile_options(-fsanitize=${HB_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HB_SANITIZE})
endif()
if(HB_COVERAGE)
  add_compile_options(--coverage -O0 -fprofile-update=atomic) # threads share the counters
  add_link_options(--coverage)
endif()
if(HB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# The commit and the compiler are part of every artifact's metadata.
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} rev-parse HEAD OUTPUT_VARIABLE HB_GIT_SHA
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} status --porcelain --untracked-files=no
  OUTPUT_VARIABLE HB_GIT_STATUS OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(HB_GIT_SHA STREQUAL "")
  set(HB_GIT_SHA "unknown")
endif()
if(HB_GIT_STATUS STREQUAL "")
  set(HB_GIT_DIRTY 0)
else()
  set(HB_GIT_DIRTY 1)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/.git/HEAD
  ${CMAKE_SOURCE_DIR}/.git/index)
