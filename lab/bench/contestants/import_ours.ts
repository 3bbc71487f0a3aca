// This library, imported and not used.
import "../../../mod.ts";
