//! Finds the user at the other end of a local connection.
//!
//! Linux lists in `/proc/net/tcp` for each socket its two addresses, its user, and an inode number that is 0 once the
//! program has closed it (proc_net_tcp in the kernel's documentation). Other systems do not provide this.

#[cfg(any(target_os = "linux", test))]
use std::io::BufRead;
use std::net::SocketAddr;

/// Whether a local connection is certainly from a user other than ours and root, or from a program that has already
/// closed it, so that its user is unknown.
#[cfg(target_os = "linux")]
#[must_use]
pub(crate) fn is_of_another_user(peer: SocketAddr, here: SocketAddr) -> bool {
    let (SocketAddr::V4(_), SocketAddr::V4(_)) = (peer, here) else { return false };
    // The kernel writes the table line by line as it is read, and it is long where many connections have just ended.
    let Ok(table) = std::fs::File::open("/proc/net/tcp") else { return false };
    another_in(std::io::BufReader::new(table), peer, here, crate::edge::owner::user())
}

/// Always `false`, since the system does not say.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub(crate) fn is_of_another_user(_: SocketAddr, _: SocketAddr) -> bool {
    false
}

#[cfg(any(target_os = "linux", test))]
fn another_in(table: impl BufRead, peer: SocketAddr, here: SocketAddr, us: u32) -> bool {
    let (peer, here) = (written(peer), written(here));
    let (ours, theirs) = (format!("{here} {peer} "), format!("{peer} {here} "));
    let mut is_listed = false;
    for line in table.lines() {
        let Ok(line) = line else { return false };
        // After the line's own number.
        let Some((_, line)) = line.split_once(": ") else { continue };
        if line.starts_with(&ours) {
            is_listed = true;
        }
        if let Some(rest) = line.strip_prefix(&theirs) {
            let mut fields = rest.split_whitespace().skip(4);
            let user = fields.next().and_then(|user| user.parse::<u32>().ok());
            let is_held = fields.nth(1).is_some_and(|inode| inode != "0");
            return !(is_held && user.is_some_and(|user| user == us || user == 0));
        }
    }
    // If our end is listed and theirs is not, theirs is closed. If neither is, the table does not cover the connection.
    is_listed
}

/// An address in the table's format: the number's bytes in memory order.
#[cfg(any(target_os = "linux", test))]
fn written(address: SocketAddr) -> String {
    let octets = match address {
        SocketAddr::V4(address) => address.ip().octets(),
        SocketAddr::V6(_) => return String::new(),
    };
    format!("{:08X}:{:04X}", u32::from_ne_bytes(octets), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_connection_is_read_from_the_kernels_table() {
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let (peer, here) = (address(0xABBC), address(0x10E1));
        let line = |from: SocketAddr, to: SocketAddr, user: u32, inode: u32| {
            format!(
                "   1: {} {} 01 00000000:00000000 00:00000000 00000000 {user:5}        0 {inode} 1 0 20 4 1 18 -1\n",
                written(from),
                written(to)
            )
        };
        let table =
            |lines: &[String]| format!("  sl  local_address rem_address   st\n{}", lines.concat());
        let ours = line(here, peer, 1000, 7);
        let another = |theirs: &[String]| {
            let lines = [std::slice::from_ref(&ours), theirs].concat();
            another_in(table(&lines).as_bytes(), peer, here, 1000)
        };
        assert!(!another(&[line(peer, here, 1000, 8)]));
        assert!(!another(&[line(peer, here, 0, 8)]));
        assert!(another(&[line(peer, here, 1001, 8)]));
        // A socket that its program has closed is said to be root's.
        assert!(another(&[line(peer, here, 0, 0)]));
        assert!(another(&[]));
        assert!(!another_in(table(&[]).as_bytes(), peer, here, 1000));
        assert_eq!(written(address(0x07E8)).split_once(':').map(|(_, port)| port), Some("07E8"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_of_ours_is_ours() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let here = listener.local_addr().expect("bound");
        let client = std::net::TcpStream::connect(here).expect("connected");
        let (_server, peer) = listener.accept().expect("accepted");
        assert!(!is_of_another_user(peer, here));
        drop(client);
    }
}
