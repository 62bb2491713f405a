//! A second emulator for the calls of an account, service by service; the rest stays at MiniStack.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use hyper::body::Bytes;
use hyper::http::request::Parts;

use super::moto_gaps::{MotoGaps, add_revisions};
use super::request::Seen;
use crate::fault_proxy::{Answer, Call, Upstream};

/// By account.
#[derive(Debug, Default)]
pub(super) struct SecondEmulators(Mutex<HashMap<String, Route>>);

#[derive(Debug)]
struct Route {
    /// The services, as signatures name them.
    services: &'static [&'static str],
    upstream: Arc<Upstream>,
    gaps: MotoGaps,
    /// And whether the second emulator answered.
    calls: Vec<(Call, bool)>,
}

impl SecondEmulators {
    pub(super) fn add_account(&self, account: &str, services: &'static [&'static str], url: &str) {
        let upstream = Arc::new(Upstream::new(url, url));
        let route = Route { services, upstream, gaps: MotoGaps::default(), calls: Vec::new() };
        self.lock_routes().insert(account.to_owned(), route);
    }

    pub(super) fn take_calls(&self, account: &str) -> Vec<(Call, bool)> {
        self.lock_routes()
            .get_mut(account)
            .map(|route| std::mem::take(&mut route.calls))
            .unwrap_or_default()
    }

    /// The second emulator, or the answer in its place. `None` when the call is none of its.
    fn route_call(&self, seen: &Seen, call: &Call) -> Option<Result<Arc<Upstream>, Answer>> {
        let mut routes = self.lock_routes();
        let route = routes.get_mut(&seen.account)?;
        let is_its = route.services.contains(&seen.service.as_str());
        let mutates = seen.mutates;
        route.calls.push((Call { mutates, ..call.clone() }, is_its));
        if !is_its {
            return None;
        }
        Some(route.gaps.answer_gap(call).map_or_else(|| Ok(route.upstream.clone()), Err))
    }

    /// The answer of the second emulator. `None` when the call is none of its.
    pub(super) async fn forward_call(
        &self,
        seen: &Seen,
        call: &Call,
        head: &Parts,
        body: &Bytes,
    ) -> Option<Result<Answer>> {
        let upstream = match self.route_call(seen, call)? {
            Ok(upstream) => upstream,
            Err(answer) => return Some(Ok(answer)),
        };
        let answer = upstream.forward_to_first(head.clone(), body.clone()).await;
        if answer.as_ref().is_ok_and(|answer| answer.status.is_success())
            && let Some(route) = self.lock_routes().get_mut(&seen.account)
        {
            route.gaps.remember(call);
        }
        Some(answer.map(|answer| add_revisions(call, answer)))
    }

    fn lock_routes(&self) -> MutexGuard<'_, HashMap<String, Route>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
