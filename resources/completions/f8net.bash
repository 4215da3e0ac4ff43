# SPDX-License-Identifier: Apache-2.0
# Completion of f8net for bash: the program says itself what could stand next.
_f8net() {
  local line=${COMP_LINE:0:COMP_POINT} words current word broken
  read -ra words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  current=${words[-1]}
  # bash replaces what stands behind the last of its own word breaks ("=", ":") alone.
  broken=${current%"${COMP_WORDS[COMP_CWORD]#[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    case $word in
      :files) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current") ;;
      :folders) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$current") ;;
      *)
        if [[ $word == *= ]]; then compopt -o nospace; fi
        COMPREPLY+=("${word#"$broken"}")
        ;;
    esac
  done < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _f8net f8net
