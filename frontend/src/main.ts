import "htmx.org/dist/htmx.esm.js";
import { sendToken } from "./token";
import { definitions } from "./definitions";
import { dropzones } from "./dropzone";
import { grids } from "./grid";
import { overlays } from "./overlays";
import { search } from "./search";
import { themes } from "./theme";

themes();
sendToken();
overlays();
definitions();
dropzones();
grids();
search();
