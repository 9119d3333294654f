// The live page.

import { boot } from "./boot";
import { bestWay } from "./through-worker";
import "./tokens.css";
import "./theme.css";

boot(document, null, bestWay());
