// The live page.

import { boot } from "./boot";
import "./tokens.css";
import "./theme.css";

boot(document);
