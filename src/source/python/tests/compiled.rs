//! What CPython's compiler says of each was tried with CPython 3.11 and 3.13.

use super::*;

fn refusal(source: &str) -> Option<String> {
    Module::parse(&Text::new(source)).err().map(|error| error.message)
}

#[test]
fn what_the_compiler_refuses_is_a_syntax_error() {
    for source in [
        "return 1\n",
        "if x:\n    return\n",
        "class C:\n    return\n",
        "yield\n",
        "await x\n",
        "def f():\n    await x\n",
        "def f():\n    async with x:\n        pass\n",
        "def f():\n    async for x in y:\n        pass\n",
        "def f():\n    return [x async for x in y]\n",
        "async def f():\n    g = lambda: await x\n",
        "async def f():\n    class C:\n        await x\n",
        "async def f():\n    def g():\n        await x\n",
        "async def f():\n    yield 1\n    return 2\n",
        "async def f():\n    yield from x\n",
        "def f():\n    return [(yield) for x in y]\n",
        "def f(a, a):\n    pass\n",
        "g = lambda a, a: a\n",
        "dict(a=1, a=2)\n",
        "class C(metaclass=M, metaclass=N):\n    pass\n",
        "import os\nfrom __future__ import annotations\n",
        "from __future__ import no_such_feature\n",
        "break\n",
        "while x:\n    def f():\n        break\n",
        "for x in y:\n    class C:\n        continue\n",
        "while x:\n    pass\nelse:\n    break\n",
        "def f():\n    nonlocal x\n",
        "nonlocal x\n",
        "class C:\n    x = 1\n    def f(self):\n        nonlocal x\n",
        "def f(x):\n    global x\n",
        "def f():\n    x = 1\n    global x\n",
        "def f():\n    global x\n    x: int = 1\n",
        "def f():\n    from x import *\n",
        "try:\n    pass\nexcept:\n    pass\nexcept E:\n    pass\n",
        "match x:\n    case y:\n        pass\n    case 1:\n        pass\n",
        "match x:\n    case [a] | [b]:\n        pass\n",
        "*a = x\n",
        "*a, *b = x\n",
        "__debug__ = 1\n",
        "[x := 1 for x in y]\n",
        "def f():\n    try:\n        pass\n    except* E:\n        return\n",
        "for x in y:\n    try:\n        pass\n    except* E:\n        break\n",
        "def f():\n    x = 1\n    def g():\n        x = 2\n        nonlocal x\n",
        "def f():\n    x = 1\n    def g():\n        print(x)\n        nonlocal x\n",
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x: int = 2\n",
        "f(__debug__=1)\n",
        "match x:\n    case f\"a\":\n        pass\n",
    ] {
        assert!(refusal(source).is_some(), "{source}");
    }
}

#[test]
fn what_the_compiler_accepts_is_none() {
    for source in [
        "def f():\n    class C:\n        def g(self):\n            return (yield)\n    return\n",
        "async def h():\n    await x\ni = lambda: (yield)\n",
        "async def f():\n    return [await x for x in y if await z]\n",
        "async def f():\n    return [x async for x in y]\n",
        "def f():\n    return (x async for x in y)\n",
        "def f():\n    return (await x for x in y)\n",
        "def f():\n    return [x for x in (yield)]\n",
        "async def f():\n    yield 1\n    return\n",
        "async def f():\n    def g():\n        return 2\n    yield g\n",
        "\"doc\"\nfrom __future__ import annotations\nimport os\n",
        "for x in y:\n    try:\n        continue\n    finally:\n        break\nelse:\n    pass\n",
        "while x:\n    while y:\n        pass\n    else:\n        break\n",
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n",
        "def f(x):\n    def g():\n        def h():\n            nonlocal x\n",
        "def f():\n    def g():\n        nonlocal x\n    for x in y:\n        pass\n",
        "def f():\n    def g():\n        nonlocal a, e, m, w, c\n    import a.b\n    try:\n        pass\n    except E as e:\n        pass\n    match z:\n        case [*m]:\n            pass\n    print(w := 1)\n    class c:\n        pass\n",
        "class C:\n    def f(self):\n        nonlocal __class__\n",
        "def f():\n    global x\n    x = 1\ndef g():\n    x = 2\n    def h():\n        global x\n",
        "try:\n    pass\nexcept E:\n    pass\nexcept:\n    pass\n",
        "match x:\n    case y if y:\n        pass\n    case _:\n        pass\n",
        "dict(a=1, **{'a': 2})\n",
        "a, *b = x\n",
        "def f():\n    try:\n        pass\n    except* E:\n        for x in y:\n            break\n        def g():\n            return\n    return\n",
        "for x in y:\n    try:\n        break\n    except* E:\n        pass\n    else:\n        continue\n",
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n        [x for x in y]\n",
        "match x:\n    case \"a\" | b.c | -1:\n        pass\n",
        "def f(a=lambda: (yield)):\n    pass\n",
    ] {
        assert_eq!(refusal(source), None, "{source}");
    }
}

#[test]
fn the_first_by_position_is_told() {
    let error = Module::parse(&Text::new("def f():\n    await x\n    break\n")).expect_err("two");
    assert_eq!(error.message, "`await` outside of an asynchronous function");
    assert_eq!(error.span, Span::new(13, 20));
}
