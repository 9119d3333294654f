//! One agent: its part of every population, on one thread.
//!
//! `agent USERS INDEX OF START`: START in milliseconds since 1970, at which all agents begin. Prints its figures when its
//! load is over.

use crate::{child, figures::Figures, scenario};
use load::{Part, Parts, Setup, TargetAddresses};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::mpsc;

pub(crate) fn generate(arguments: &[&str]) {
    child::end_with_input();
    let numbers: Vec<u64> = arguments.iter().map(|word| word.parse().unwrap()).collect();
    let [users, index, of, start] = numbers[..] else { panic!("USERS INDEX OF START") };
    let plan = scenario::plan(users as u32);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let (output, mut entries) = mpsc::channel(10_000);
    let setup = Setup {
        addresses: TargetAddresses::attached(&plan).unwrap(),
        network: wan::Network::from_plan(&plan),
        start_at: Instant::now() + Duration::from_millis(start).saturating_sub(now),
        load_offset: Duration::ZERO,
        output,
        threads: Some(1),
        parts: Parts::each(Part::new(index, of).unwrap(), plan.populations.len()),
        stamp: start.to_string(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut load = load::start(Arc::new(plan), setup).unwrap();
        let gathered = tokio::spawn(async move {
            let mut figures = Figures::default();
            while let Some(entry) = entries.recv().await {
                figures.take(&entry);
            }
            figures
        });
        load.wait().await.unwrap();
        drop(load);
        gathered.await.unwrap().print();
    });
}
