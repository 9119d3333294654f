//! The page's files, as they were built. What has its content in its name is kept by browsers for good.

use super::{encoding, problem::Problem, text};
use crate::assets::{self, Asset};
use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// Whatever is not the API's.
pub(super) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    if method != Method::GET && method != Method::HEAD {
        let title = format!("nothing can be sent to {}", uri.path());
        return Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            title,
            "POST /api/v1/runs/{run}/commands takes commands",
        ));
    }
    let path = if uri.path() == "/" { "/index.html" } else { uri.path() };
    let asset = assets::ALL.iter().find(|asset| asset.path == path).ok_or_else(|| {
        let title = format!("there is nothing at {}", uri.path());
        Problem::new(StatusCode::NOT_FOUND, title, "the page is at /, the runs are at /api/v1/runs")
    })?;
    Ok(answer(asset, &headers))
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response {
    let is_known = text(headers, header::IF_NONE_MATCH).is_some_and(|tags| knows(tags, asset.tag));
    let gzip = encoding::accepts_gzip(headers);
    let mut response = match (is_known, gzip) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => asset.gzip.into_response(),
        (false, false) => encoding::unpack(asset.gzip).into_response(),
    };
    let told = response.headers_mut();
    let cache = if asset.is_hashed { FOR_GOOD } else { ASK_FIRST };
    told.insert(header::ETAG, HeaderValue::from_static(asset.tag));
    told.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    told.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !is_known {
        told.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
        if gzip {
            told.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    response
}

/// Tags are weak (`W/"…"`): with and without gzip it is the same file.
fn knows(tags: &str, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|known| plain(known) == plain(tag))
}
