# What is installed beside the program, and the Debian package of it (`cpack` in the build folder).
include(GNUInstallDirs)

find_program(SCDOC scdoc)
if(SCDOC)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.scd)
  set(built "")
  foreach(page ${pages})
    get_filename_component(name ${page} NAME_WLE)
    set(out ${PROJECT_BINARY_DIR}/man/${name}.gz)
    add_custom_command(OUTPUT ${out} DEPENDS ${page}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
      COMMAND ${SCDOC} < ${page} > ${PROJECT_BINARY_DIR}/man/${name}
      COMMAND gzip -9nf ${PROJECT_BINARY_DIR}/man/${name}
      COMMENT "Man page ${name}" VERBATIM)
    list(APPEND built ${out})
  endforeach()
  add_custom_target(man ALL DEPENDS ${built})
  install(FILES ${built} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

install(FILES packaging/systemd/pinhole.service DESTINATION lib/systemd/system)
install(FILES packaging/completions/pinhole.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pinhole)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pinhole/data FILES_MATCHING PATTERN *.toml)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/schema DESTINATION ${CMAKE_INSTALL_DATADIR}/pinhole OPTIONAL)
install(FILES README.md CHANGELOG.md docs/architecture.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pinhole)
set(CPACK_PACKAGE_CONTACT "The Pinhole developers <pinhole@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Takes MS-RPC services through a firewall, and proves it")
set(CPACK_PACKAGE_DESCRIPTION
"A real MS-RPC endpoint mapper and the RPC services of Exchange 4.0 to 2010, each on
a dynamic or a static port from a registry hive, and the tools that ask live servers.")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS passwd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/debian/postinst ${PROJECT_SOURCE_DIR}/packaging/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
