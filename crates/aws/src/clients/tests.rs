use tokio::net::TcpListener;

use super::*;

#[test]
fn a_loopback_url_is_recognised_by_its_host() {
    for (url, expected) in [
        ("http://127.0.0.1:4566", true),
        ("http://127.9.9.9/", true),
        ("https://LocalHost:4566/a", true),
        ("http://[::1]:4566", true),
        ("http://localhost.example.com", false),
        ("http://127.0.0.1.example.com:80", false),
        ("https://s3.eu-central-1.amazonaws.com", false),
        ("http://10.0.0.1:4566", false),
        ("http://[2001:db8::1]:4566", false),
    ] {
        assert_eq!(is_loopback(url), expected, "{url}");
    }
}

/// Whether the kernel's keepalive timer runs on the connection to `port`. proc(5),
/// `/proc/net/tcp`: `tm->when` follows the kind of timer, 2 being the keepalive.
fn keepalive_runs(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{port:04X}");
    let mut connections = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    connections
        .any(|fields| fields.get(2) == Some(&remote.as_str()) && fields[5].starts_with("02:"))
}

async fn await_keepalive(port: u16, kept_alive: bool) {
    let settled = async {
        while keepalive_runs(port) != kept_alive {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), settled).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_waits_for_its_answer_is_kept_alive() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = local_config(&format!("http://127.0.0.1:{port}"), "eu-central-1", "111122223333");
    let keeping = config.to_builder().http_client(http_client_with_keepalive(None).unwrap());
    for (kept_alive, config) in [(false, config), (true, keeping.build())] {
        let client = s3(&config);
        let mut asked = tokio::spawn(async move { client.list_buckets().send().await });
        let _connection = tokio::select! {
            accepted = listener.accept() => accepted.unwrap(),
            answer = &mut asked => panic!("nobody has answered, and yet: {answer:?}"),
        };
        // The request is under way and acknowledged, so that no other timer of the connection
        // runs.
        await_keepalive(port, kept_alive).await;
        asked.abort();
    }
}
