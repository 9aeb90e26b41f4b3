// Checks a proof with Go's own packages for transparency logs, golang.org/x/mod/sumdb, which know nothing of Rapport.
//
//	proof FOLDER    with the files `key` and `proof`
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	log.SetFlags(0)
	folder := os.Args[len(os.Args)-1]
	key, proof := read(folder, "key"), read(folder, "proof")
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	check(err)
	head, signed, _ := strings.Cut(proof, "\n\n")
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	check(err)
	// Three lines: origin, size, root.
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root := hash(lines[2])

	parts := strings.Split(head, "\n")
	if parts[0] != "c2sp.org/tlog-proof@v1" {
		log.Fatal("not a proof")
	}
	header, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(parts[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(parts[2], "index "), 10, 64)
	check(err)
	var path tlog.RecordProof
	for _, part := range parts[3:] {
		path = append(path, hash(part))
	}
	check(tlog.CheckRecord(path, size, root, index, tlog.RecordHash(header)))
	header[0] ^= 1
	if tlog.CheckRecord(path, size, root, index, tlog.RecordHash(header)) == nil {
		log.Fatal("a changed header passes")
	}
	fmt.Printf("event %d of %d is proved by golang.org/x/mod/sumdb\n", index, size)
}

func read(folder, name string) string {
	data, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	return string(data)
}

func hash(text string) tlog.Hash {
	parsed, err := tlog.ParseHash(text)
	check(err)
	return parsed
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
