type X[T: int = str] = list[T]
def f[T](a: T) -> T: return a
class G[T](Base[T]): pass
print(f"{a!r:>{w}} {f'{b}'}", rb'\x', """t""")
x = lambda *a, k=1, **q: (yield)
async def g():
    async with a as b, c: [z async for z in y]
    await h
try: pass
except* E as e: pass
a = b = c; d: int; (e, f), g = h; i += 1
@d1
@d2(x)
class C: ...
importlib.import_module("m"); __import__('n'); importlib.util.find_spec("o")
globals()["k"] = 1
sys.modules["x"] = y
def f(): global a; a = 1
