//! A server on a socket that answers with given bytes, for tests of what goes over the wire.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The lines of a request's head: the request line first, then the headers.
pub type Head = Vec<String>;

type Answer = dyn Fn(&Head) -> Vec<u8> + Send + Sync;

/// A server that ends with the test.
#[derive(Clone)]
pub struct Socket {
    pub url: String,
    answer: Arc<Answer>,
    asked: Arc<Mutex<Vec<Head>>>,
}

impl Socket {
    /// Starts a server that answers each request with the bytes of `answer`. No bytes close the
    /// connection.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn answering(answer: impl Fn(&Head) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let socket = Self {
            url: format!("http://{address}"),
            answer: Arc::new(answer),
            asked: Arc::default(),
        };
        let serving = socket.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve_connection(stream).await });
            }
        });
        socket
    }

    /// Returns the requests since the last call of this method.
    #[must_use]
    pub fn asked(&self) -> Vec<Head> {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn serve_connection(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let Some(head) = read_head(&mut stream).await? else { return Ok(()) };
            let length =
                head.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            stream.read_exact(&mut vec![0; length.unwrap_or_default()]).await?;
            let answer = (self.answer)(&head);
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(head);
            stream.get_mut().write_all(&answer).await?;
            if answer.is_empty() {
                return Ok(());
            }
        }
    }
}

/// The lines up to the empty one; `None` when the connection ends.
async fn read_head(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Head>> {
    let mut head = Head::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => return Ok(Some(head)),
            line => head.push(line.to_owned()),
        }
    }
}
