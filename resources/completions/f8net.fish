# SPDX-License-Identifier: Apache-2.0
# Completion of f8net for fish: the program says itself what could stand next.
function __f8net_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':folders'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c f8net -f -a '(__f8net_complete)'
