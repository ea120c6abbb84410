//! Which distributions provide a module, where that is common knowledge.
//!
//! Only certain entries are listed: a missing one makes a finding milder, a wrong one makes it false. Distribution
//! names are normalised (PEP 503); the first is the usual one.

/// The distributions that provide a top-level module; empty if that is not known.
pub(super) fn distributions(module: &str) -> &'static [&'static str] {
    let found = KNOWN.binary_search_by_key(&module, |(module, _)| *module).ok();
    found.and_then(|at| KNOWN.get(at)).map_or(&[], |(_, distributions)| *distributions)
}

/// Whether the modules of a distribution are known.
pub(super) fn is_distribution(name: &str) -> bool {
    KNOWN.iter().any(|(_, distributions)| distributions.contains(&name))
}

/// Whether a module existed only in Python 2. A conditional import of it is meant for Python 2.
pub(super) fn is_of_python_2(module: &str) -> bool {
    const NAMES: [&str; 24] = [
        "BaseHTTPServer",
        "CGIHTTPServer",
        "ConfigParser",
        "Cookie",
        "HTMLParser",
        "Queue",
        "SimpleHTTPServer",
        "SocketServer",
        "StringIO",
        "Tkinter",
        "UserDict",
        "UserString",
        "__builtin__",
        "_dummy_thread",
        "_winreg",
        "cPickle",
        "cStringIO",
        "commands",
        "cookielib",
        "httplib",
        "thread",
        "urllib2",
        "urlparse",
        "xmlrpclib",
    ];
    NAMES.contains(&module)
}

/// Ordered by module name in bytes, for the binary search.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str])] = &[
    ("Crypto", &["pycryptodome", "pycrypto"]),
    ("Cryptodome", &["pycryptodomex"]),
    ("Cython", &["cython"]),
    ("IPython", &["ipython"]),
    ("MySQLdb", &["mysqlclient"]),
    ("OpenSSL", &["pyopenssl"]),
    ("PIL", &["pillow"]),
    ("PyQt5", &["pyqt5"]),
    ("PyQt6", &["pyqt6"]),
    ("Xlib", &["python-xlib"]),
    ("a2a", &["a2a-sdk"]),
    ("aiofiles", &["aiofiles"]),
    ("aiohttp", &["aiohttp"]),
    ("anthropic", &["anthropic"]),
    ("apscheduler", &["apscheduler"]),
    ("asgiref", &["asgiref"]),
    ("attr", &["attrs"]),
    ("attrs", &["attrs"]),
    ("babel", &["babel"]),
    ("backports", &["backports-zoneinfo", "backports-tarfile", "backports-cached-property", "backports-functools-lru-cache", "backports-strenum"]),
    ("bs4", &["beautifulsoup4"]),
    ("cachetools", &["cachetools"]),
    ("certifi", &["certifi"]),
    ("cffi", &["cffi"]),
    ("chardet", &["chardet"]),
    ("charset_normalizer", &["charset-normalizer"]),
    ("claude_agent_sdk", &["claude-agent-sdk"]),
    ("click", &["click"]),
    ("colorama", &["colorama"]),
    ("crewai", &["crewai"]),
    ("cryptography", &["cryptography"]),
    ("cv2", &["opencv-python", "opencv-python-headless", "opencv-contrib-python"]),
    ("cycler", &["cycler"]),
    ("dateutil", &["python-dateutil"]),
    ("deepagents", &["deepagents"]),
    ("discord", &["discord-py"]),
    ("django", &["django"]),
    ("dns", &["dnspython"]),
    ("docker", &["docker"]),
    ("docutils", &["docutils"]),
    ("docx", &["python-docx"]),
    ("dotenv", &["python-dotenv"]),
    ("fastapi", &["fastapi"]),
    ("fitz", &["pymupdf"]),
    ("flask", &["flask"]),
    ("fsspec", &["fsspec"]),
    ("git", &["gitpython"]),
    ("github", &["pygithub"]),
    ("gitlab", &["python-gitlab"]),
    ("grpc", &["grpcio"]),
    ("h11", &["h11"]),
    ("h2", &["h2"]),
    ("httpx", &["httpx"]),
    ("httpx_sse", &["httpx-sse"]),
    ("hypothesis", &["hypothesis"]),
    ("idna", &["idna"]),
    ("importlib_metadata", &["importlib-metadata"]),
    ("importlib_resources", &["importlib-resources"]),
    ("itsdangerous", &["itsdangerous"]),
    ("jinja2", &["jinja2"]),
    ("jose", &["python-jose"]),
    ("jsonschema", &["jsonschema"]),
    ("jwt", &["pyjwt"]),
    ("langchain", &["langchain"]),
    ("langchain_core", &["langchain-core"]),
    ("langchain_openai", &["langchain-openai"]),
    ("langfuse", &["langfuse"]),
    ("langgraph", &["langgraph"]),
    ("langsmith", &["langsmith"]),
    ("ldap", &["python-ldap"]),
    ("litellm", &["litellm"]),
    ("lxml", &["lxml"]),
    ("magic", &["python-magic"]),
    ("markdown", &["markdown"]),
    ("markdown_it", &["markdown-it-py"]),
    ("markupsafe", &["markupsafe"]),
    ("matplotlib", &["matplotlib"]),
    ("mcp", &["mcp"]),
    ("mpl_toolkits", &["matplotlib"]),
    ("msgpack", &["msgpack"]),
    ("multipart", &["python-multipart"]),
    ("mypy", &["mypy"]),
    ("mypy_extensions", &["mypy-extensions"]),
    ("nacl", &["pynacl"]),
    ("numpy", &["numpy"]),
    ("openai", &["openai"]),
    ("opentelemetry", &["opentelemetry-api", "opentelemetry-sdk"]),
    ("orjson", &["orjson"]),
    ("packaging", &["packaging"]),
    ("pandas", &["pandas"]),
    ("paramiko", &["paramiko"]),
    ("pip", &["pip"]),
    ("pkg_resources", &["setuptools"]),
    ("platformdirs", &["platformdirs"]),
    ("playwright", &["playwright"]),
    ("pluggy", &["pluggy"]),
    ("pptx", &["python-pptx"]),
    ("psutil", &["psutil"]),
    ("psycopg", &["psycopg"]),
    ("psycopg2", &["psycopg2", "psycopg2-binary"]),
    ("pyarrow", &["pyarrow"]),
    ("pydantic", &["pydantic"]),
    ("pydantic_core", &["pydantic-core"]),
    ("pydantic_settings", &["pydantic-settings"]),
    ("pygments", &["pygments"]),
    ("pymysql", &["pymysql"]),
    ("pyparsing", &["pyparsing"]),
    ("pytest", &["pytest"]),
    ("pytz", &["pytz"]),
    ("qdrant_client", &["qdrant-client"]),
    ("redis", &["redis"]),
    ("regex", &["regex"]),
    ("requests", &["requests"]),
    ("rich", &["rich"]),
    ("ruamel", &["ruamel-yaml"]),
    ("scipy", &["scipy"]),
    ("serial", &["pyserial"]),
    ("setuptools", &["setuptools"]),
    ("simplejson", &["simplejson"]),
    ("six", &["six"]),
    ("skimage", &["scikit-image"]),
    ("sklearn", &["scikit-learn"]),
    ("slack_bolt", &["slack-bolt"]),
    ("slack_sdk", &["slack-sdk"]),
    ("slugify", &["python-slugify"]),
    ("sniffio", &["sniffio"]),
    ("socketio", &["python-socketio"]),
    ("socks", &["pysocks"]),
    ("sphinx", &["sphinx"]),
    ("sqlalchemy", &["sqlalchemy"]),
    ("sse_starlette", &["sse-starlette"]),
    ("starlette", &["starlette"]),
    ("structlog", &["structlog"]),
    ("telegram", &["python-telegram-bot"]),
    ("temporalio", &["temporalio"]),
    ("tenacity", &["tenacity"]),
    ("tiktoken", &["tiktoken"]),
    ("tomli", &["tomli"]),
    ("tomli_w", &["tomli-w"]),
    ("torch", &["torch"]),
    ("tornado", &["tornado"]),
    ("tqdm", &["tqdm"]),
    ("typer", &["typer"]),
    ("typing_extensions", &["typing-extensions"]),
    ("typing_inspection", &["typing-inspection"]),
    ("tzdata", &["tzdata"]),
    ("ujson", &["ujson"]),
    ("urllib3", &["urllib3"]),
    ("usb", &["pyusb"]),
    ("uvicorn", &["uvicorn"]),
    ("uvloop", &["uvloop"]),
    ("watchdog", &["watchdog"]),
    ("websocket", &["websocket-client"]),
    ("websockets", &["websockets"]),
    ("werkzeug", &["werkzeug"]),
    ("wheel", &["wheel"]),
    ("wx", &["wxpython"]),
    ("yaml", &["pyyaml"]),
    ("zmq", &["pyzmq"]),
    ("zope", &["zope-interface"]),
    ("zstandard", &["zstandard"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::requirements::normalize;

    #[test]
    fn the_table_is_in_order_and_its_names_are_normalised() {
        for pair in KNOWN.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{pair:?}");
        }
        for (module, distributions) in KNOWN {
            assert!(!distributions.is_empty(), "{module}");
            for name in *distributions {
                assert_eq!(normalize(name), *name);
            }
        }
        assert_eq!(distributions("yaml"), ["pyyaml"]);
        assert!(distributions("nothing_like_it").is_empty());
    }
}
