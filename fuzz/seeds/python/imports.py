import a, b.c as d, e.f
from g.h import (i, j as k,)
from .. import l
from m import *
import été \
  as z
if 1: import a; from b import c