//! As much of a browser as the tests need: cookies, forms with their token, and every header.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::program::until;
use super::server::Server;

/// An answer, its body as it came but for chunks.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header's value, the first where there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// It has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{:?}\n{}",
            self.headers,
            visible(&self.text())
        );
        self
    }

    /// The words that people read.
    pub(crate) fn words(&self) -> String {
        visible(&self.text())
    }

    /// The key figure of this label, without its separators.
    pub(crate) fn figure(&self, label: &str) -> Option<u64> {
        let text = self.text();
        let (_, after) = text.split_once(&format!("<dt>{label}<"))?;
        let (_, value) = after.split_once("<dd>")?;
        value.split('<').next()?.replace(',', "").parse().ok()
    }
}

/// The words of a page, without tags, single spaces between them.
pub(crate) fn visible(html: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => {
                inside = true;
                words.push(' ');
            }
            '>' => inside = false,
            _ if !inside => words.push(letter),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A browser on one server.
#[derive(Clone)]
pub(crate) struct Browser {
    port: u16,
    cookies: BTreeMap<String, String>,
    token: Option<String>,
}

impl Browser {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            port,
            cookies: BTreeMap::new(),
            token: None,
        }
    }

    /// Opens a page.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// Opens a page with more headers.
    #[track_caller]
    pub(crate) fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let answer = self.ask("GET", path, headers, b"");
        self.learn(&answer);
        answer
    }

    /// The same browser, cookies and all, on another copy of the server.
    pub(crate) fn on(&self, server: &Server) -> Self {
        Self {
            port: server.port,
            ..self.clone()
        }
    }

    /// Opens a page until its figure 'Incidents' is this one.
    #[track_caller]
    pub(crate) fn until_figure(&mut self, path: &str, figure: u64) {
        until(&format!("{path} shows {figure} incidents"), 20, || {
            self.get(path).is(200).figure("Incidents") == Some(figure)
        });
    }

    /// The body of a form of the page that was opened last, with that page's token.
    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> Vec<u8> {
        let token = self.token.clone().unwrap_or_default();
        let pairs: Vec<String> = fields
            .iter()
            .copied()
            .chain([("csrf_token", token.as_str())])
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        pairs.join("&").into_bytes()
    }

    /// Sends a form of the page that was opened last.
    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = self.form(fields);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.ask("POST", path, &headers, &body);
        self.learn(&answer);
        answer
    }

    /// Sends a file in a form, as a page with an upload does.
    #[track_caller]
    pub(crate) fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        content: &[u8],
    ) -> Answer {
        let token = self.token.clone().unwrap_or_default();
        let mut body = Vec::new();
        for (field, value) in [("csrf_token", token.as_str())].iter().chain(fields) {
            body.extend(
                format!(
                    "--XX\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        body.extend(format!("--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/csv\r\n\r\n").bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--XX--\r\n");
        let headers = [
            ("content-type", "multipart/form-data; boundary=XX"),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.ask("POST", path, &headers, &body);
        self.learn(&answer);
        answer
    }

    /// Signs in with a password.
    #[track_caller]
    pub(crate) fn sign_in(&mut self, email: &str, password: &str) {
        self.get("/sign-in").is(200);
        let answer = self.post("/sign-in", &[("email", email), ("password", password)]);
        assert_eq!(answer.status, 303, "{email}: {}", visible(&answer.text()));
    }

    /// One request, written out.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<u8> {
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\n",
            self.port
        );
        if !headers.iter().any(|(name, _)| *name == "accept") {
            text += "accept: text/html\r\n";
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            text += &format!("cookie: {}\r\n", cookies.join("; "));
        }
        if method == "POST" {
            text += &format!("content-length: {}\r\n", body.len());
        }
        let mut bytes = format!("{text}\r\n").into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a limit");
        stream
    }

    /// Asks for something without learning from the answer.
    #[track_caller]
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = self.connect();
        stream
            .write_all(&self.request(method, path, headers, body))
            .expect("sent");
        read(stream)
    }

    /// Keeps what a browser keeps: cookies, and the token of the page that is open.
    fn learn(&mut self, answer: &Answer) {
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let pair = value.split(';').next().unwrap_or_default();
            let (name, content) = pair.split_once('=').expect("a cookie");
            if content.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), content.to_owned());
            }
        }
        let text = answer.text();
        if let Some((_, rest)) = text.split_once("name=\"csrf_token\" value=\"") {
            self.token = rest.split('"').next().map(str::to_owned);
        }
    }
}

/// Reads an answer to the end of its connection.
pub(crate) fn read(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("the end of the headers");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("UTF-8");
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .expect("a status");
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &bytes[end + 4..];
    let body = if chunked { joined(body) } else { body.to_vec() };
    Answer {
        status,
        headers,
        body,
    }
}

/// The content of chunks.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    whole
}

fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
