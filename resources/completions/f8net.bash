# SPDX-License-Identifier: Apache-2.0
# Completion of f8net for bash: the program says itself what could stand next.

# The words of a line as the shell will read them, without quotes and backslashes; the last may still be open.
_f8net_words() {
  local line=$1 quote='' word='' begun='' i character
  words=()
  for ((i = 0; i < ${#line}; i++)); do
    character=${line:i:1}
    if [[ $character == "\\" && $quote != "'" ]]; then
      i=$((i + 1)) begun=1
      word+=${line:i:1}
    elif [[ $character == "$quote" ]]; then
      quote=''
    elif [[ -z $quote && $character == [\'\"] ]]; then
      quote=$character begun=1
    elif [[ -z $quote && $character == [[:space:]] ]]; then
      if [[ $begun ]]; then words+=("$word"); fi
      word='' begun=''
    else
      word+=$character begun=1
    fi
  done
  words+=("$word")
}

_f8net() {
  local words piece current word broken
  _f8net_words "${COMP_WORDS[COMP_CWORD]#[=:]}"
  piece=${words[0]}
  _f8net_words "${COMP_LINE:0:COMP_POINT}"
  current=${words[-1]}
  # bash replaces what stands behind the last of its own word breaks ("=", ":") alone.
  broken=${current%"$piece"}
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
