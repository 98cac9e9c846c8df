// Command service shows a model's card, metrics and schema over HTTP, from the files of the image that it is in.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

func main() {
	listen := flag.String("listen", ":8080", "the address to serve on")
	model := flag.String("model", "/model", "the folder of the model")
	flag.Parse()
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", l.Addr())
	server := &http.Server{Handler: handler(os.DirFS(*model)), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(l))
}

// handler serves the card as a page at /, and the files themselves below /model/.
func handler(model fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { card(w, model) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("GET /model/", http.StripPrefix("/model/", http.FileServerFS(model)))
	return mux
}

func card(w http.ResponseWriter, model fs.FS) {
	text, err := fs.ReadFile(model, "card.md")
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "the model has no card", http.StatusNotFound)
		return
	}
	var page bytes.Buffer
	if err == nil {
		err = goldmark.New(goldmark.WithExtensions(extension.Table)).Convert(text, &page)
	}
	if err != nil {
		log.Print(err)
		http.Error(w, "the card cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}
