// SPDX-License-Identifier: Apache-2.0
/// Where things of the user are (XDG base directories): folders are named here, created by those who write.
#pragma once

#include <string>

namespace f8net {

std::string data_place();    ///< $XDG_DATA_HOME/f8net, else ~/.local/share/f8net
std::string config_place();  ///< $XDG_CONFIG_HOME/f8net, else ~/.config/f8net
std::string cache_place();   ///< $XDG_CACHE_HOME/f8net, else ~/.cache/f8net
/// $F8NET_STORE, else runs.db in the data place.
std::string default_store_path();
/// The running program's own folder ("/usr/bin"), for what is installed beside it.
std::string program_folder();
/// The folder of the shipped experiments: beside an installed program ("../share/f8net/configs"), else of the source tree.
std::string experiments_place();

}  // namespace f8net
