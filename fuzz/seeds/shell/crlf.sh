a
b é " " \
 c
