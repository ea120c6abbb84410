a "$(b "$(c 'd' `e \`f\``)" $((1 + (2)))" ; { (f; g) || h && i; } ; k() { l; }; function m { n; }; k; while o; do p; done; until q; do :; done; if r; then s; elif t; then u; else v; fi; select w in x; do y; done; [[ a =~ (b|c) ]] && $'\x41\n' $"z" \
  cont; a=b c=d e; ! f; time g; coproc h; a >&2 2>b <c >>d &>e
