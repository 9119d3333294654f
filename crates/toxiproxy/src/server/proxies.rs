//! The proxies and their toxics: what the API changes. One owner, behind one lock; nothing in here waits for a connection.

use super::{
    clock::Clock,
    connection::{Published, Route},
    listener::Listener,
    traffic::Traffic,
};
use crate::model::{Direction, Expiry, Fields, Refusal, Toxic, ToxicText};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};
use tokio::sync::watch;
use units::Seed;

/// Proxies of a server.
const PROXIES_MAX: usize = 1_024;
/// Toxics of a proxy.
const TOXICS_MAX: usize = 64;

/// All proxies of a server.
#[derive(Debug)]
pub(super) struct Proxies {
    proxies: BTreeMap<Arc<str>, Proxy>,
    published: watch::Sender<Published>,
    seed: Seed,
    exposed: bool,
    clock: Clock,
    /// Toxics that there ever were.
    toxics: u64,
    /// Listeners that there ever were: connections of each have their own chance.
    listeners: u64,
}

#[derive(Debug)]
struct Proxy {
    /// As it was asked for, until it listens; then where it does.
    listen: String,
    upstream: String,
    listener: Option<Listener>,
    toxics: Vec<Arc<Toxic>>,
    expiry: Expiry,
    traffic: Arc<Traffic>,
}

/// What a request says of a proxy.
struct ProxyText<'a> {
    name: &'a str,
    listen: Option<&'a str>,
    upstream: Option<&'a str>,
    enabled: Option<bool>,
}

impl<'a> ProxyText<'a> {
    fn read(fields: Fields<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            name: fields.text("name")?.unwrap_or_default(),
            listen: fields.text("listen")?,
            upstream: fields.text("upstream")?,
            enabled: fields.truth("enabled")?,
        })
    }

    /// A proxy can be made of it. `place` is said after the name of what is missing.
    fn check(&self, place: &str) -> Result<(), Refusal> {
        let upstream = self.upstream.unwrap_or_default();
        for (field, text) in [("name", self.name), ("upstream", upstream)] {
            if text.is_empty() {
                return Err(Refusal::Missing(format!("{field}{place}")));
            }
        }
        Ok(())
    }
}

impl Proxies {
    pub(super) fn new(seed: Seed, exposed: bool, clock: Clock) -> Self {
        let published = watch::Sender::new(Published::new());
        Self { proxies: BTreeMap::new(), published, seed, exposed, clock, toxics: 0, listeners: 0 }
    }

    /// All of them by name, as the API answers them.
    pub(super) fn to_json(&self) -> Value {
        let entry = |(name, proxy): (&Arc<str>, &Proxy)| (name.to_string(), proxy.to_json(name));
        Value::Object(self.proxies.iter().map(entry).collect())
    }

    pub(super) fn show(&self, name: &str) -> Result<Value, Refusal> {
        self.proxies.get(name).map(|proxy| proxy.to_json(name)).ok_or(Refusal::NoProxy)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let line = |(name, proxy): (&Arc<str>, &Proxy)| {
            let off = if proxy.listener.is_some() { "" } else { " (off)" };
            format!("{name} {} -> {}{off}", proxy.listen, proxy.upstream)
        };
        self.proxies.iter().map(line).collect()
    }

    pub(super) async fn create(&mut self, body: &Value) -> Result<Value, Refusal> {
        let fields = Fields::of(body)?;
        let text = ProxyText::read(fields)?;
        text.check("")?;
        if self.proxies.contains_key(text.name) {
            return Err(Refusal::ProxyExists);
        }
        self.add(&text, Expiry::read(fields, self.clock.now())?).await?;
        self.show(text.name)
    }

    /// Makes each proxy of a list that is not there as described: one with the same addresses stays, with its toxics. A list with a
    /// mistake changes nothing; when an address can't be listened at, those before it are made, and answered with the refusal.
    pub(super) async fn populate(&mut self, body: &Value) -> Result<Value, (Refusal, Value)> {
        let nothing = |refusal| (refusal, Value::Null);
        let texts = read_list(body).map_err(nothing)?;
        let mut made = Vec::new();
        for (text, fields) in texts {
            let expiry = Expiry::read(fields, self.clock.now()).map_err(nothing)?;
            if let Err(refusal) = self.add_or_replace(&text, expiry).await {
                return Err((refusal, made.into()));
            }
            made.push(self.show(text.name).map_err(nothing)?);
        }
        Ok(made.into())
    }

    pub(super) async fn update(&mut self, name: &str, body: &Value) -> Result<Value, Refusal> {
        let (now, exposed) = (self.clock.now(), self.exposed);
        let proxy = self.proxies.get(name).ok_or(Refusal::NoProxy)?;
        let fields = Fields::of(body)?;
        let text = ProxyText::read(fields)?;
        let expiry = proxy.expiry.renewed(fields, now)?;
        let (listen, upstream) = (text.listen.unwrap_or(&proxy.listen), text.upstream.unwrap_or(&proxy.upstream));
        let moves = listen != proxy.listen || upstream != proxy.upstream;
        let enabled = text.enabled.unwrap_or(proxy.listener.is_some());
        let (listen, upstream) = (listen.to_owned(), upstream.to_owned());
        let route = self.route(name, &upstream);
        let proxy = self.proxies.get_mut(name).ok_or(Refusal::NoProxy)?;
        proxy.expiry = expiry;
        if moves || !enabled {
            proxy.stop().await;
            (proxy.listen, proxy.upstream) = (listen, upstream);
        }
        if enabled {
            proxy.start(exposed, route).await?;
        }
        self.show(name)
    }

    pub(super) async fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        let mut proxy = self.proxies.remove(name).ok_or(Refusal::NoProxy)?;
        proxy.stop().await;
        self.publish();
        Ok(())
    }

    /// All proxies listen, without toxics.
    ///
    /// # Errors
    /// The first address that can't be listened at; the others are reset all the same.
    pub(super) async fn reset(&mut self) -> Result<(), Refusal> {
        for proxy in self.proxies.values_mut() {
            proxy.toxics.clear();
        }
        self.publish();
        let mut first = Ok(());
        let names: Vec<Arc<str>> = self.proxies.keys().cloned().collect();
        for name in names {
            first = first.and(self.start(&name).await);
        }
        first
    }

    pub(super) fn toxics(&self, proxy: &str) -> Result<Value, Refusal> {
        self.proxies.get(proxy).map(Proxy::toxics_to_json).ok_or(Refusal::NoProxy)
    }

    pub(super) fn toxic(&self, proxy: &str, toxic: &str) -> Result<Value, Refusal> {
        let proxy = self.proxies.get(proxy).ok_or(Refusal::NoProxy)?;
        Ok(proxy.toxics[proxy.position(toxic)?].to_json().into())
    }

    pub(super) fn add_toxic(&mut self, proxy: &str, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let proxy = self.proxies.get_mut(proxy).ok_or(Refusal::NoProxy)?;
        let text = ToxicText::read(Fields::of(body)?, now)?;
        if proxy.position(&text.name).is_ok() {
            return Err(Refusal::ToxicExists);
        }
        let toxic = proxy.add_toxic(&mut self.toxics, text)?;
        self.publish();
        Ok(toxic.to_json().into())
    }

    pub(super) fn update_toxic(&mut self, proxy: &str, toxic: &str, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let proxy = self.proxies.get_mut(proxy).ok_or(Refusal::NoProxy)?;
        let position = proxy.position(toxic)?;
        let changed = Arc::new(proxy.toxics[position].changed(Fields::of(body)?, now)?);
        proxy.toxics[position] = Arc::clone(&changed);
        self.publish();
        Ok(changed.to_json().into())
    }

    pub(super) fn remove_toxic(&mut self, proxy: &str, toxic: &str) -> Result<(), Refusal> {
        let proxy = self.proxies.get_mut(proxy).ok_or(Refusal::NoProxy)?;
        proxy.toxics.remove(proxy.position(toxic)?);
        self.publish();
        Ok(())
    }

    /// Sets and removes toxics of several proxies: all at the same instant, or none when one is wrong. A toxic whose name is there
    /// is set anew, so sending the same request again renews its leases.
    pub(super) fn apply(&mut self, body: &Value) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let fields = Fields::of(body)?;
        let mut lists: BTreeMap<Arc<str>, Vec<Arc<Toxic>>> = BTreeMap::new();
        let mut set = Vec::new();
        let mut numbers = self.toxics;
        for value in fields.list("remove")? {
            let fields = Fields::of(value)?;
            let (_, proxy) = self.part(fields, &mut lists)?;
            let toxic = fields.text("toxic")?.ok_or_else(|| Refusal::Missing("toxic".to_owned()))?;
            let position = proxy.iter().position(|present| present.name() == toxic).ok_or(Refusal::NoToxic)?;
            proxy.remove(position);
        }
        for value in fields.list("toxics")? {
            let fields = Fields::of(value)?;
            let (name, proxy) = self.part(fields, &mut lists)?;
            let toxic = put(proxy, ToxicText::read(fields, now)?, &mut numbers)?;
            let mut json = toxic.to_json();
            json.insert("proxy".to_owned(), name.into());
            set.push(Value::from(json));
        }
        self.toxics = numbers;
        for (name, toxics) in lists {
            self.proxies.entry(name).and_modify(|proxy| proxy.toxics = toxics);
        }
        self.publish();
        Ok(json!({ "toxics": set }))
    }

    /// The proxy that a part of an `apply` names, and its toxics as the request has made them so far.
    fn part<'a, 'b>(
        &self,
        fields: Fields<'a>,
        lists: &'b mut BTreeMap<Arc<str>, Vec<Arc<Toxic>>>,
    ) -> Result<(&'a str, &'b mut Vec<Arc<Toxic>>), Refusal> {
        let name = fields.text("proxy")?.ok_or_else(|| Refusal::Missing("proxy".to_owned()))?;
        let (key, proxy) = self.proxies.get_key_value(name).ok_or(Refusal::NoProxy)?;
        Ok((name, lists.entry(Arc::clone(key)).or_insert_with(|| proxy.toxics.clone())))
    }

    /// Takes away what has run out.
    pub(super) async fn end_expired(&mut self) {
        let now = self.clock.now();
        let is_over = |expiry: Expiry| expiry.ends_at().is_some_and(|end| end <= now);
        let ended = self.proxies.iter().filter(|(_, proxy)| is_over(proxy.expiry));
        let ended: Vec<Arc<str>> = ended.map(|(name, _)| Arc::clone(name)).collect();
        for name in &ended {
            if let Some(mut proxy) = self.proxies.remove(name) {
                proxy.stop().await;
            }
        }
        let mut any = !ended.is_empty();
        for proxy in self.proxies.values_mut() {
            let before = proxy.toxics.len();
            proxy.toxics.retain(|toxic| !is_over(toxic.expiry()));
            any |= proxy.toxics.len() < before;
        }
        if any {
            self.publish();
        }
    }

    /// When the next one runs out.
    pub(super) fn next_end(&self) -> Option<Duration> {
        let toxics = self.proxies.values().flat_map(|proxy| proxy.toxics.iter().map(|toxic| toxic.expiry()));
        self.proxies.values().map(|proxy| proxy.expiry).chain(toxics).filter_map(Expiry::ends_at).min()
    }

    /// Bytes of each proxy in the Prometheus text format.
    pub(super) fn metrics(&self) -> String {
        let mut text = String::new();
        for metric in 0..2 {
            for (name, proxy) in &self.proxies {
                for direction in [Direction::Upstream, Direction::Downstream] {
                    let (metric, count) = proxy.traffic.counters(direction)[metric];
                    if !text.contains(&format!("# TYPE {metric} ")) {
                        let _ = writeln!(text, "# TYPE {metric} counter");
                    }
                    let word = if direction == Direction::Upstream { "upstream" } else { "downstream" };
                    let labels = [("listener", &*proxy.listen), ("proxy", name), ("upstream", &*proxy.upstream)];
                    let label = |(key, value): (&str, &str)| format!(",{key}={value:?}");
                    let labels: String = labels.into_iter().map(label).collect();
                    let _ = writeln!(text, "{metric}{{direction=\"{word}\"{labels}}} {count}");
                }
            }
        }
        text
    }

    async fn add(&mut self, text: &ProxyText<'_>, expiry: Expiry) -> Result<(), Refusal> {
        if self.proxies.len() >= PROXIES_MAX {
            return Err(Refusal::TooMany(PROXIES_MAX));
        }
        let mut proxy = Proxy {
            listen: text.listen.unwrap_or_default().to_owned(),
            upstream: text.upstream.unwrap_or_default().to_owned(),
            listener: None,
            toxics: Vec::new(),
            expiry,
            traffic: Arc::default(),
        };
        if text.enabled.unwrap_or(true) {
            let route = Route { traffic: Arc::clone(&proxy.traffic), ..self.route(text.name, &proxy.upstream) };
            proxy.start(self.exposed, route).await?;
        }
        self.proxies.insert(text.name.into(), proxy);
        self.publish();
        Ok(())
    }

    async fn add_or_replace(&mut self, text: &ProxyText<'_>, expiry: Expiry) -> Result<(), Refusal> {
        let Some(present) = self.proxies.get_mut(text.name) else { return self.add(text, expiry).await };
        let same = |given: Option<&str>, present: &str| given.unwrap_or_default() == present;
        if same(text.listen, &present.listen) && same(text.upstream, &present.upstream) {
            present.expiry = expiry;
            return match text.enabled {
                Some(false) => {
                    present.stop().await;
                    Ok(())
                }
                _ => self.start(text.name).await,
            };
        }
        self.delete(text.name).await?;
        self.add(text, expiry).await
    }

    async fn start(&mut self, name: &str) -> Result<(), Refusal> {
        let upstream = self.proxies.get(name).ok_or(Refusal::NoProxy)?.upstream.clone();
        let route = self.route(name, &upstream);
        let proxy = self.proxies.get_mut(name).ok_or(Refusal::NoProxy)?;
        proxy.start(self.exposed, route).await
    }

    fn route(&mut self, name: &str, upstream: &str) -> Route {
        self.listeners += 1;
        Route {
            proxy: name.into(),
            upstream: upstream.into(),
            published: self.published.subscribe(),
            seed: self.seed.derive(name).derive_number(self.listeners),
            clock: self.clock,
            traffic: self.proxies.get(name).map(|proxy| Arc::clone(&proxy.traffic)).unwrap_or_default(),
        }
    }

    /// Shows connections the toxics as they are now, of all proxies at once. A list that is the same stays the same value.
    fn publish(&self) {
        let list = |old: &Published, name: &Arc<str>, proxy: &Proxy| match old.get(name) {
            Some(old) if is_same(old, &proxy.toxics) => Arc::clone(old),
            _ => Arc::from(proxy.toxics.as_slice()),
        };
        self.published.send_modify(|published| {
            let lists = self.proxies.iter().map(|(name, proxy)| (Arc::clone(name), list(published, name, proxy)));
            *published = lists.collect();
        });
    }
}

impl Proxy {
    async fn start(&mut self, exposed: bool, route: Route) -> Result<(), Refusal> {
        if self.listener.is_none() {
            let listener = Listener::start(&self.listen, exposed, route).await?;
            self.listen = listener.address().to_string();
            self.listener = Some(listener);
        }
        Ok(())
    }

    async fn stop(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.stop().await;
        }
    }

    fn position(&self, toxic: &str) -> Result<usize, Refusal> {
        self.toxics.iter().position(|present| present.name() == toxic).ok_or(Refusal::NoToxic)
    }

    fn add_toxic(&mut self, numbers: &mut u64, text: ToxicText) -> Result<Arc<Toxic>, Refusal> {
        put(&mut self.toxics, text, numbers)
    }

    fn to_json(&self, name: &str) -> Value {
        let mut map = Map::new();
        map.insert("name".to_owned(), name.into());
        map.insert("listen".to_owned(), self.listen.as_str().into());
        map.insert("upstream".to_owned(), self.upstream.as_str().into());
        map.insert("enabled".to_owned(), self.listener.is_some().into());
        map.insert("toxics".to_owned(), self.toxics_to_json());
        self.expiry.write(&mut map);
        map.into()
    }

    /// Those of the way to the upstream first, as clients of the field know them.
    fn toxics_to_json(&self) -> Value {
        let (up, down): (Vec<_>, Vec<_>) =
            self.toxics.iter().partition(|toxic| toxic.stream().has(Direction::Upstream));
        up.into_iter().chain(down).map(|toxic| Value::from(toxic.to_json())).collect()
    }
}

/// Sets a toxic of a list: one of the same name, type and stream is changed in its place and keeps what it knows; any other of the
/// name goes, and this one comes at the end.
fn put(toxics: &mut Vec<Arc<Toxic>>, text: ToxicText, numbers: &mut u64) -> Result<Arc<Toxic>, Refusal> {
    if let Some(position) = toxics.iter().position(|present| present.name() == text.name) {
        let present = &toxics[position];
        if present.kind().word() == text.kind.word() && present.stream() == text.stream {
            let changed = Arc::new(present.with(text));
            toxics[position] = Arc::clone(&changed);
            return Ok(changed);
        }
        toxics.remove(position);
    }
    if toxics.len() >= TOXICS_MAX {
        return Err(Refusal::TooMany(TOXICS_MAX));
    }
    *numbers += 1;
    let toxic = Arc::new(Toxic::new(*numbers, text));
    toxics.push(Arc::clone(&toxic));
    Ok(toxic)
}

fn is_same(old: &[Arc<Toxic>], new: &[Arc<Toxic>]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| Arc::ptr_eq(old, new))
}

fn read_list(body: &Value) -> Result<Vec<(ProxyText<'_>, Fields<'_>)>, Refusal> {
    let list = body.as_array().ok_or_else(|| Refusal::Body("expected a list of proxies".to_owned()))?;
    let mut texts: Vec<(ProxyText<'_>, Fields<'_>)> = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let fields = Fields::of(value)?;
        let text = ProxyText::read(fields)?;
        text.check(&format!(" at proxy {}", index + 1))?;
        if texts.iter().any(|(other, _)| other.name == text.name) {
            return Err(Refusal::Body(format!("proxy {:?} is there twice", text.name)));
        }
        texts.push((text, fields));
    }
    Ok(texts)
}
