/** Which version of the compiler wrote a module? That of package.json; a test compares the two. */
export const version = "0.1.0";
