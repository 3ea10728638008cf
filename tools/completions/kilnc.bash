# Completion of kilnc for bash: source this file. Verbs and options come from kilnc itself.
_kilnc() {
  local current=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} kilnc=${COMP_WORDS[0]}
  if [[ $COMP_CWORD -eq 1 && $current != -* ]]; then
    COMPREPLY=($(compgen -W "$("$kilnc" --help 2>/dev/null | sed -n 's/^  \([a-z]\+\) .*/\1/p')" -- "$current") \
               $(compgen -f -X '!*.model' -- "$current") $(compgen -d -S / -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$("$kilnc" "$verb" --help 2>/dev/null | grep -o -- '--[a-z-]\+' | sort -u)" -- "$current"))
  elif [[ $COMP_CWORD -eq 3 && $verb =~ ^(run|bench|explain)$ && ${COMP_WORDS[2]} == *.model ]]; then
    COMPREPLY=($(compgen -W "$(sed -n 's/^export fn \([A-Za-z0-9_]*\).*/\1/p' "${COMP_WORDS[2]}" 2>/dev/null)" -- "$current"))
  else
    COMPREPLY=($(compgen -f -X '!*.model' -- "$current") $(compgen -d -S / -- "$current"))
  fi
}
complete -o nospace -F _kilnc kilnc
