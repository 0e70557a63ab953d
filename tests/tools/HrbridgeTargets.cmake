# hrbridge_library(NAME [PUBLIC lib...] [PRIVATE lib...])
# A static library of all sources of this folder and of its sub-folders that have no
# CMakeLists.txt of their own. PUBLIC libraries appear in its headers.
function(hrbridge_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB nested CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(list_file ${nested})
    get_filename_component(folder ${list_file} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${folder}/")
  endforeach()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC hrbridge_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE hrbridge_flags ${ARG_PUBLIC} ${ARG_PRIVATE})
  endif()
endfunction()

# hrbridge_embed(TARGET NAMESPACE ROOT FILE...)
# Makes <generated>/<TARGET>_files.h with one std::string_view a file, found by name through
# NAMESPACE::embedded_file(name), the path from ROOT: SQL, HTML, CSS and texts live in the binary.
function(hrbridge_embed target namespace root)
  set(header ${CMAKE_BINARY_DIR}/generated/${target}_files.h)
  set(source ${CMAKE_BINARY_DIR}/generated/${target}_files.cpp)
  set(script ${CMAKE_SOURCE_DIR}/tests/tools/embed.cmake)
  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} -DHEADER=${header} -DSOURCE=${source} -DTARGET=${target}
            -DNAMESPACE=${namespace} "-DFILES=${ARGN}" -DROOT=${root} -P ${script}
    DEPENDS ${ARGN} ${script}
    VERBATIM)
  target_sources(${target} PRIVATE ${source} ${header})
endfunction()

# hrbridge_tests(NAME LABEL [TOGETHER] lib...)
# One test program of all *_test.cpp of this folder and of its sub-folders without a
# CMakeLists.txt; LABEL is unit, contract, e2e or faults. TOGETHER: ctest starts the program once for
# all its tests, which share what is dear to make.
function(hrbridge_tests name label)
  cmake_parse_arguments(ARG "TOGETHER" "" "" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cpp)
  file(GLOB nested CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(list_file ${nested})
    get_filename_component(folder ${list_file} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${folder}/")
  endforeach()
  if(NOT sources)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR} has no *_test.cpp for ${name}")
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARG_UNPARSED_ARGUMENTS} hrbridge_test_support
    GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE HRBRIDGE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    HRBRIDGE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(ARG_TOGETHER)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 900)
    return()
  endif()
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()
