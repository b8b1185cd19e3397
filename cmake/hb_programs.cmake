# hyperbar: research and operations, one file per verb in src/apps/verb.
file(GLOB HB_APP_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/apps/*.c
  ${CMAKE_SOURCE_DIR}/src/apps/verb/*.c)
if(HB_APP_SOURCES)
  add_executable(hyperbar ${HB_APP_SOURCES})
  target_include_directories(hyperbar PRIVATE ${CMAKE_SOURCE_DIR}/src/apps ${CMAKE_BINARY_DIR}/gen)
  foreach(seen IN LISTS HB_APPS_SEES)
    target_include_directories(hyperbar PRIVATE ${HB_DIR_${seen}})
    target_link_libraries(hyperbar PRIVATE hb_${seen})
  endforeach()
  foreach(lib IN LISTS HB_APPS_LIBS)
    target_link_libraries(hyperbar PRIVATE ${HB_LIB_${lib}})
  endforeach()
endif()
