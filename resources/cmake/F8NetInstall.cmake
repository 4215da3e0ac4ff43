# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, and the Debian packages that `cpack -G DEB` makes of it: f8net (the command line, no
# Qt) and f8net-workbench. LibTorch is in neither: f8net names the command that fetches it.
include_guard(GLOBAL)
include(GNUInstallDirs)

# Man pages: those of f8net are made by f8net itself.
set(man_folder ${CMAKE_BINARY_DIR}/man)
file(GLOB written_by_hand CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/resources/man/*.1)
foreach(page ${written_by_hand})
  get_filename_component(name ${page} NAME)
  configure_file(${page} ${CMAKE_BINARY_DIR}/man.in/${name} @ONLY)
endforeach()
add_custom_command(OUTPUT ${man_folder}/done
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${man_folder}
  COMMAND f8net --quiet manual ${man_folder}
  COMMAND ${CMAKE_COMMAND} -E touch ${man_folder}/done
  DEPENDS f8net VERBATIM)
add_custom_target(manual ALL DEPENDS ${man_folder}/done)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME f8net)
install(TARGETS f8net RUNTIME DESTINATION bin)
install(DIRECTORY configs DESTINATION share/f8net)
install(FILES resources/setup/fetch_libtorch.py resources/setup/wheel.py resources/setup/libtorch_pins.json
        DESTINATION share/f8net/setup)
install(DIRECTORY ${man_folder}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${man_folder}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 FILES_MATCHING PATTERN "*.5")
install(FILES resources/completions/f8net.bash DESTINATION share/bash-completion/completions RENAME f8net)
install(FILES resources/completions/_f8net DESTINATION share/zsh/vendor-completions)
install(FILES resources/completions/f8net.fish DESTINATION share/fish/vendor_completions.d)
install(DIRECTORY docs DESTINATION share/doc/f8net)
install(FILES README.md DESTINATION share/doc/f8net)
install(FILES resources/desktop/copyright DESTINATION share/doc/f8net)
if(F8NET_WITH_TORCH)
  install(TARGETS f8net_torch LIBRARY DESTINATION lib/f8net)
  set_target_properties(f8net_torch PROPERTIES INSTALL_RPATH "$ORIGIN/libtorch/torch/lib")
  foreach(module f8net_cuda f8net_cuda_graph)
    if(TARGET ${module})  # LibTorch has loaded what it needs before it
      install(TARGETS ${module} LIBRARY DESTINATION lib/f8net)
    endif()
  endforeach()
endif()

if(F8NET_WITH_QT)
  set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME f8net-workbench)
  install(TARGETS f8net-workbench RUNTIME DESTINATION bin)
  install(FILES resources/desktop/org.f8net.Workbench.desktop DESTINATION share/applications)
  install(FILES resources/desktop/org.f8net.Workbench.metainfo.xml DESTINATION share/metainfo)
  install(FILES resources/desktop/f8net.mime.xml DESTINATION share/mime/packages)
  install(FILES resources/icons/workbench.svg DESTINATION share/icons/hicolor/scalable/apps
          RENAME org.f8net.Workbench.svg)
  install(FILES resources/desktop/copyright DESTINATION share/doc/f8net-workbench)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man.in/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME f8net)
set(CPACK_PACKAGE_CONTACT "F8Net Workbench developers <workbench@f8net.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL f8net f8net-workbench)
if(NOT F8NET_WITH_QT)
  set(CPACK_COMPONENTS_ALL f8net)
endif()
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(F8NET_WITH_TORCH)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${F8NET_LIBTORCH_DIR}/torch/lib
      ${F8NET_LIBTORCH_DIR}/nvidia/cu${F8NET_CUDA_MAJOR}/lib
      ${CMAKE_BINARY_DIR}/core/cuda/empty)  # stands in for LibTorch's GPU libraries
endif()
set(CPACK_DEBIAN_F8NET_PACKAGE_NAME f8net)
set(CPACK_COMPONENT_F8NET_DESCRIPTION "${PROJECT_DESCRIPTION}\n The command line: train, evaluate, verify, export.\n\
 Training needs LibTorch, which is fetched apart: python3 /usr/share/f8net/setup/fetch_libtorch.py")
set(CPACK_DEBIAN_F8NET_PACKAGE_RECOMMENDS "python3, python3-pip, ca-certificates")
set(CPACK_DEBIAN_F8NET_PACKAGE_SUGGESTS "dataset-fashion-mnist, f8net-workbench")
set(CPACK_DEBIAN_F8NET-WORKBENCH_PACKAGE_NAME f8net-workbench)
set(CPACK_COMPONENT_F8NET-WORKBENCH_DESCRIPTION "The workbench of F8Net: see runs while they train, formats, statistics\n\
 A desktop program over the runs of f8net: start and follow trainings, see which fixed-point\n\
 format every layer has and why, compare runs, export.")
set(CPACK_DEBIAN_F8NET-WORKBENCH_PACKAGE_DEPENDS "f8net (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_F8NET-WORKBENCH_PACKAGE_RECOMMENDS "qt6-wayland, fonts-dejavu-core")
include(CPack)
