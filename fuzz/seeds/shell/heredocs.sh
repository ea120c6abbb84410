cat <<EOF >a; cat <<-"X Y" | b
$(c "`d`") ${e:-$(f)}
EOF
	g
	X Y
h <<<"i $j"
