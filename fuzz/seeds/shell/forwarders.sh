docker run --rm ${TOKEN:+-e TOKEN="$TOKEN"} ${API_KEY:+API_KEY=${API_KEY}} -e "A=${B:-c}" image
names=(a "b c" 'd' $e `f` # no
  g)
names+=(h)
declare -A map=([k]=v)
env -i X=1 sudo -u agent -- nice -n 5 timeout 5 sh -c 'exec python3 -m molecule_runtime "$@"' sh x
