# pinhole_room(NAME pure|wired [ROOMS room...] [LIBS library...])
#
# A room is a folder of src/ and a static library pinhole_NAME of all its sources. ROOMS are the
# rooms that it includes; src/LAYERS says which it may, and a test compares.
function(pinhole_room name floor)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBS" ${ARGN})
  if(floor STREQUAL "wired" AND (PINHOLE_PURE_ONLY OR PINHOLE_FUZZ AND NOT name STREQUAL "store"))
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(pinhole_${name} STATIC ${sources})
  target_include_directories(pinhole_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  set(rooms ${ARG_ROOMS})
  if(NOT name STREQUAL "base")
    list(PREPEND rooms base)
  endif()
  # A room that this configuration does not build is not linked.
  list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_NAME_IF_EXISTS:pinhole_\\1>")
  target_link_libraries(pinhole_${name}
    PUBLIC ${rooms} fmt::fmt tl::expected
    PRIVATE pinhole_flags ${ARG_LIBS})
endfunction()

# pinhole_test(ROOM [LIBS ...]): tests/ROOM/*_test.cpp as one program, each case known to CTest.
function(pinhole_test name)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(NOT sources OR NOT TARGET pinhole_${name})
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE PINHOLE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE
    pinhole_${name} pinhole_flags ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(test_${name} NO_PRETTY_VALUES PROPERTIES LABELS ${name} TIMEOUT 120 DISCOVERY_TIMEOUT 60)
endfunction()
