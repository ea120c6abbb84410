A = B
B = A
class C(D): pass
class D(C): pass
class E(C, D, X.Y): pass
E = E
from m import E as E
del E
