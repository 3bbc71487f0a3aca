# One side of a fifo by the shell's own means: fifo_peer.sh reader|writer PATH, then commands on stdin.

trap '' PIPE
echo opening
if [ "$1" = reader ]; then exec 3< "$2"; else exec 3> "$2"; fi
echo opened
while read -r verb text; do
  case $verb in
    close) exec 3>&-; echo closed ;;
    read) if IFS= read -r line <&3; then echo "data $line"; else echo end; fi ;;
    write) if echo "$text" >&3; then echo wrote; else echo failed EPIPE; fi ;;
  esac
done
