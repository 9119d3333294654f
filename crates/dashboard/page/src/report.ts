// The script of a report, which is one file: it has <style> for itself and, asleep (media="not all"), <style> for the page, then
// <div id="page"> for the page, and <script type="application/octet-stream;base64" id="messages"> with the messages, one JSON a
// line, gzipped.

import { File } from "./file";
import "./tokens.css";
import "./theme.css";

new File(document);
