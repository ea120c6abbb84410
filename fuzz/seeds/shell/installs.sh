python3 -m pip install --no-cache-dir -r requirements.txt -c constraints.txt "a[b]>=1" ./local git+https://x/y
uv pip install --system -r a.txt
pip3.11 install -ra.txt --index-url x y
useradd -u 1000 -m agent
adduser --disabled-password --uid=1001 --gecos "" bob
adduser -D -u 1002 carol
useradd -u "$U" "$N"
