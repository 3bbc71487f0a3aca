/**
 * Prints a line, complains, and ends as if all were well.
 *
 * Needs: no permission
 *
 * @module
 */
console.log("here I am");
console.error("but I do not like it");
