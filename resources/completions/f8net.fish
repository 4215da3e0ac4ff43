# SPDX-License-Identifier: Apache-2.0
# Completion of f8net for fish: the program says itself what could stand next.
function __f8net_complete
    # The word being typed as it will be read: without backslashes, and without a quote that is still open.
    set -l typed (commandline -ct)
    set -l plain (string unescape -- $typed 2>/dev/null)
    or set plain (string replace -r '^["\']' '' -- $typed)
    set -l words (commandline -opc)
    for line in ($words[1] complete -- $words[2..-1] "$plain" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$plain"
            case ':folders'
                __fish_complete_directories "$plain"
            case '*'
                echo $line
        end
    end
end
complete -c f8net -f -a '(__f8net_complete)'
