//! Stands before every request: whether it is for this server and from nobody else's page, whether whoever asks may look. And behind
//! every answer: what a browser may do with it.

use super::{Site, problem::Problem, text};
use crate::access::check_site;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

/// The page runs its own files only, and asks this server only.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The report has its style in itself, and its own, stricter policy beside this one. In a sandbox it is no page of this server:
/// whatever might get into it can't ask for anything.
pub(super) const REPORT_POLICY: &str = "sandbox allow-scripts allow-popups allow-downloads allow-modals; default-src 'none'; \
                                        script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                                        form-action 'none'; frame-ancestors 'none'";

pub(super) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = match check(&site, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(site: &Site, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    // HTTP/2 has it in the address.
    let host = text(headers, header::HOST).or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    site.access.check_host(host)?;
    if request.uri().path().starts_with("/api/") {
        let site_of = text(headers, HeaderName::from_static("sec-fetch-site"));
        check_site(site_of, text(headers, header::ORIGIN), host)?;
        site.role(headers)?;
    }
    Ok(())
}
