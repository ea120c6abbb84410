try:
    import a
except ImportError:
    a = None
else:
    b = a.c.d
finally:
    pass
if os.environ["X"]:
    raise SystemExit(0)
elif y := f():
    del y
while True:
    pass
for i, (j, *k) in x:
    break
with open("f") as g, h: ...
match m:
    case {"a": [q, *r], **s} if t: u = 1
    case C(v=1) | None: pass
    case _: pass
assert False, "no"
sys.exit(1)
if __name__ == "__main__":
    main()
