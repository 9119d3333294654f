// The smallest script there is: one request per iteration, nothing checked.
import http from 'k6/http';

export default function () {
  http.get(__ENV.TARGET);
}
