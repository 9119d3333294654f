// The page in a report: the same panels, from the messages that the file has in itself.
//
// The file has <script type="application/octet-stream;base64" id="events"> with the messages, one JSON a line, gzipped, and
// an empty <div id="page">. What stands beside it with the class `static` is the report without scripts: it is put away only
// once the messages are read, so that whatever goes wrong, something true is there to read.

import { bootFile } from "./file";
import "./tokens.css";
import "./theme.css";

void bootFile(document);
