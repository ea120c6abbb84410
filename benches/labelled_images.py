"""A registry on loopback in which every image says that it contains one version, for `benches/release.sh`.

    python3 benches/labelled_images.py LABEL VERSION

Prints its host and port, and serves until it is ended.
"""

import hashlib
import http.server
import json
import sys

label, version = sys.argv[1:]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


configuration = json.dumps(
    {"architecture": "amd64", "os": "linux", "config": {"Labels": {label: version}}}
).encode()
manifest = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest(configuration),
            "size": len(configuration),
        },
        "layers": [],
    }
).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        if "/manifests/" in self.path:
            status, kind, body = 200, MANIFEST, manifest
        elif self.path.endswith("/blobs/" + digest(configuration)):
            status, kind, body = 200, "application/octet-stream", configuration
        elif self.path == "/v2/":
            status, kind, body = 200, "application/json", b"{}"
        else:
            status, kind, body = 404, "text/plain", b"nothing"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest(body))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
